// Buttons that copy a field's text. Without this the text is there to be selected.

const said = document.getElementById("copied");

for (const button of document.querySelectorAll("button[data-copies]")) {
  const field = document.getElementById(button.dataset.copies);
  if (!field || !navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(field.value);
      said.textContent = `${button.dataset.label} copied.`;
    } catch {
      field.select();
      said.textContent = "Copy the selected text.";
    }
  });
}
