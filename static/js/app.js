// Small helps on top of pages that work without any of this.

const announcer = document.getElementById("announcer");

function focusErrors(root) {
  root.querySelector(".error-summary")?.focus();
}

/* Time step: <form data-browser-zone="zone shown now"> with a control named "zone" is there only
   while nobody has chosen a zone. Sent once, and only if the browser's zone is another one. */
function sendZone(root) {
  const form = root.querySelector("form[data-browser-zone]");
  const control = form?.elements.namedItem("zone");
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const key = `zone ${location.pathname}`;
  if (!control || !zone || zone === form.dataset.browserZone) return;
  if (sessionStorage.getItem(key)) return;
  control.value = zone;
  if (control.value !== zone) return; // a list without this zone
  sessionStorage.setItem(key, zone);
  form.requestSubmit();
}

/* Phones: say which day of the strip is open. The picture comes from :target in the style sheet. */
function markDay() {
  const links = document.querySelectorAll(".strip a");
  const open = [...links].find((link) => link.hash === location.hash);
  for (const link of links) {
    const isOpen = open ? link === open : "open" in link.dataset;
    if (isOpen) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

function enhance(root) {
  markDay();
  focusErrors(root);
}

window.addEventListener("hashchange", markDay);

/* After a swap htmx gives the focus back to what had it, by id. When that is gone, the new
   heading gets it, so that the keyboard does not start again at the top of the page. */
document.addEventListener("htmx:afterSettle", (event) => {
  const piece = event.target;
  enhance(piece);
  if (piece.dataset.announce) announcer.textContent = piece.dataset.announce;
  const heading = piece.querySelector("h2");
  if (document.activeElement === document.body && heading) {
    heading.tabIndex = -1;
    heading.focus();
  }
});

document.addEventListener("htmx:responseError", (event) => {
  // An answer that cannot be swapped in: let the browser show the page itself.
  const path = event.detail.pathInfo.requestPath;
  if (event.detail.requestConfig.verb === "get") location.assign(path);
});

enhance(document);
sendZone(document);
