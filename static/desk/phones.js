// «Show» beside a masked phone: the server notes who asked, and tells it. The next change of the panel hides it again.
"use strict";

document.getElementById("panel").addEventListener("click", async (event) => {
  const button = event.target.closest("[data-show-phone]");
  if (!button) return;
  button.disabled = true;
  const answer = await Desk.post(button.dataset.showPhone, null, Talk.root.dataset);
  if (!answer.ok) { button.disabled = false; Talk.say(answer.error, true); return; }
  const link = document.createElement("a");
  link.href = `tel:${answer.phone.replace(/[^+\d]/g, "")}`;
  link.textContent = answer.phone;
  link.className = "panel-link";
  button.previousElementSibling.replaceChildren(link);
  button.remove();
  link.focus();
});
