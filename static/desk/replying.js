// Answering a certain message of the client's: it is shown above the words until they are sent.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const composer = document.getElementById("composer"), strip = composer.querySelector(".composer-quote");
  if (!strip) return;
  const field = composer.elements.reply_to;

  function quote(message) {
    field.value = message ? message.dataset.message : "";
    strip.hidden = !message;
    strip.querySelector("bdi").textContent = message ? message.querySelector(".bubble-text, .bubble-note, figcaption")?.textContent.trim() ?? "…" : "";
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-reply]");
    if (button) { quote(button.closest("[data-message]")); composer.elements.text.focus(); }
    if (event.target.closest("[data-quote-off]")) { quote(null); composer.elements.text.focus(); }
  });
  composer.addEventListener("sent", () => quote(null));
});
