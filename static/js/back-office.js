// What the theme's pieces do not say: names for its look-ups, buttons for what it lets
// the mouse alone press. Pages work without it; with it they work for keyboards and
// screen readers too.

const NAMES = [
  [/sidebar/, "Show or hide the menu"],
  [/openTheme/, "Light or dark"],
  [/openRelatedWidgetWrapper/, "More to do with this choice"],
];
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

function makeButton(node) {
  const does = node.getAttribute("x-on:click");
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

function tidy() {
  document.querySelectorAll(".select2-container").forEach(nameLookUp);
  for (const node of document.querySelectorAll(PRESSED)) {
    if (node.hasAttribute("x-on:click") && !node.hasAttribute("role")) makeButton(node);
  }
  for (const icon of document.querySelectorAll(`${ICON}:not([role], [aria-hidden])`)) {
    icon.setAttribute("aria-hidden", "true"); // its text is the icon's name
  }
}

document.addEventListener("DOMContentLoaded", () => {
  tidy();
  const settings = { childList: true, subtree: true };
  new MutationObserver(tidy).observe(document.body, settings);
});
