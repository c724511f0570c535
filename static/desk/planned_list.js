// All planned answers on one page: hurried or cancelled without opening their conversations.
"use strict";

document.getElementById("planned").addEventListener("click", async (event) => {
  const button = event.target.closest("[data-act]"), page = event.currentTarget;
  if (!button || (button.dataset.confirm && !confirm(button.dataset.confirm))) return;
  button.disabled = true;
  const answer = await Desk.post(button.dataset.act, null, page.dataset);
  if (answer.ok) { location.reload(); return; }
  button.disabled = false;
  document.getElementById("planned-error").textContent = answer.error;
});
