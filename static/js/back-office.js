// What the theme's pieces do not say: names for its look-ups, buttons for its icons.
// Pages work without it; with it they work for keyboards and screen readers too.

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

function nameLookUps() {
  document.querySelectorAll(".select2-container").forEach(nameLookUp);
}

function makeButton(icon, name) {
  icon.setAttribute("role", "button");
  icon.setAttribute("tabindex", "0");
  icon.setAttribute("aria-label", name);
  icon.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    icon.click();
  });
}

function makeButtons() {
  const icons = document.querySelectorAll("span.material-symbols-outlined");
  for (const icon of icons) {
    const does = icon.getAttribute("x-on:click") ?? "";
    if (does.includes("sidebar")) makeButton(icon, "Show or hide the menu");
  }
}

document.addEventListener("DOMContentLoaded", () => {
  makeButtons();
  nameLookUps();
  new MutationObserver(nameLookUps).observe(document.body, {
    childList: true,
    subtree: true,
  });
});
