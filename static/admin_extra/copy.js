// A button with data-copy="#id" puts that element's text on the clipboard; without a clipboard (plain http) it selects it.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const source = document.querySelector(button.dataset.copy);
  if (!source) return;
  window.getSelection().selectAllChildren(source);
  if (!navigator.clipboard) return;
  await navigator.clipboard.writeText(source.textContent.trim());
  button.classList.add("is-copied");
});
