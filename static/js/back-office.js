// What the theme's pieces do not say: names for its look-ups, buttons for what it lets
// the mouse alone press. Pages work without it; with it they work for keyboards and
// screen readers too.

const NAMES = [
  [/sidebar/, "Show or hide the menu"],
  [/openTheme/, "Light or dark"],
  [/openRelatedWidgetWrapper/, "More to do with this choice"],
];
// Links and buttons that show an icon and nothing else, by that icon.
const ICONS = { event_available: "Today", search: "Search", add: "Add", arrow_back: "Back" };
const ICON = "span.material-symbols-outlined";
const PRESSED = "a:not([href]), h2, span, div.cursor-pointer";

function labelOf(select) {
  const label = select.labels?.[0];
  const text = select.getAttribute("aria-label") ?? label?.textContent ?? "";
  return text.trim().replace(/\s+/g, " ");
}

function nameLookUp(box) {
  const select = box.previousElementSibling;
  if (select?.tagName !== "SELECT") return;
  const name = labelOf(select);
  for (const part of box.querySelectorAll("[role=combobox]")) {
    const shown = part.querySelector(".select2-selection__rendered");
    shown?.removeAttribute("role"); // a text box that nobody can type in
    shown?.removeAttribute("aria-readonly");
    part.removeAttribute("aria-labelledby");
    part.setAttribute("aria-label", [name, shown?.title].filter(Boolean).join(": "));
  }
  for (const field of box.querySelectorAll(".select2-search__field")) {
    field.setAttribute("aria-label", name);
  }
}

// A heading stays a heading: what it says becomes the button.
function insideOf(heading) {
  const inside = document.createElement("span");
  inside.className = "flex grow items-center";
  inside.append(...heading.childNodes);
  heading.append(inside);
  return inside;
}

function makeButton(pressed) {
  const node = pressed.tagName === "H2" ? insideOf(pressed) : pressed;
  pressed.dataset.named = "";
  const does = pressed.getAttribute("x-on:click");
  const name = NAMES.find(([pattern]) => pattern.test(does))?.[1];
  node.setAttribute("role", "button");
  node.setAttribute("tabindex", "0");
  if (name) node.setAttribute("aria-label", name);
  node.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    node.click();
  });
}

function nameByIcon(icon) {
  const owner = icon.closest("a, button");
  const text = icon.textContent.trim();
  if (owner?.textContent.trim() !== text || owner.matches("[aria-label], [title]")) return;
  owner.setAttribute("aria-label", ICONS[text] ?? text.replaceAll("_", " "));
}

function tidy() {
  document.querySelectorAll(".select2-container").forEach(nameLookUp);
  for (const node of document.querySelectorAll(PRESSED)) {
    const isDone = node.hasAttribute("role") || "named" in node.dataset;
    if (node.hasAttribute("x-on:click") && !isDone) makeButton(node);
  }
  for (const icon of document.querySelectorAll(`${ICON}:not([role], [aria-hidden])`)) {
    nameByIcon(icon);
    icon.setAttribute("aria-hidden", "true"); // its text is the icon's name
  }
}

document.addEventListener("DOMContentLoaded", () => {
  tidy();
  const settings = { childList: true, subtree: true };
  new MutationObserver(tidy).observe(document.body, settings);
});
