// Answering a certain message of the client's: it is shown above the words until they are sent.
"use strict";

(() => {
  const composer = document.getElementById("composer"), strip = composer.querySelector(".composer-quote");
  if (!strip) return;
  const field = composer.elements.reply_to;

  function show(pk, text) {
    field.value = pk;
    strip.hidden = !pk;
    strip.querySelector("bdi").textContent = text;
  }
  function quote(message) {
    show(message?.dataset.message ?? "", message?.querySelector(".bubble-text, .bubble-note, figcaption")?.textContent.trim() ?? "…");
    Composer.keep();
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-reply]");
    if (button) { quote(button.closest("[data-message]")); composer.elements.text.focus(); }
    if (event.target.closest("[data-quote-off]")) { quote(null); composer.elements.text.focus(); }
  });
  composer.addEventListener("sent", () => show("", ""));
  composer.addEventListener("keeping", ({detail}) => { detail.reply_to = field.value; detail.quoted = strip.querySelector("bdi").textContent; });
  composer.addEventListener("restoring", ({detail}) => { if (detail.reply_to && !field.value) show(detail.reply_to, detail.quoted || "…"); });
})();
