// A draft or a dictated letter taken into the answer box unchanged, with figures nobody named: the operator answers
// for them, or edits.
"use strict";

// Not when the page is there: the composer restores what was kept then.
(() => {
  const composer = document.getElementById("composer"), draft = document.getElementById("draft");
  const vouch = composer.querySelector(".composer-vouch"), box = composer.elements.vouched;

  // Of dictated letters that were taken into the box: [its text, its figures].
  const letters = [];

  function unproven() {
    const typed = composer.elements.text.value, taken = letters.find(([text]) => typed.includes(text));
    if (taken) return taken[1];
    const shown = draft.querySelector("[data-draft][data-unproven]");
    if (!shown || composer.elements.draft.value !== shown.dataset.draft) return "";
    const text = shown.querySelector("template").content.textContent;
    return composer.elements.text.value.trim() === text.trim() ? shown.dataset.unproven : "";
  }

  function update() {
    const named = unproven();
    vouch.hidden = !named;
    if (!named) box.checked = false;
    vouch.querySelector("b").textContent = named;
  }

  composer.elements.text.addEventListener("input", update);
  composer.addEventListener("sent", () => setTimeout(update));
  composer.addEventListener("keeping", ({detail}) => { detail.letters = letters.filter(([text]) => detail.text.includes(text)); });
  composer.addEventListener("restoring", ({detail}) => { letters.push(...(detail.letters ?? [])); setTimeout(update); });
  draft.addEventListener("click", ({target}) => {
    const letter = target.closest("[data-dictation-insert]")?.closest("[data-unproven]");
    if (letter) letters.push([letter.querySelector("[data-dictation-text]").content.textContent.trim(), letter.dataset.unproven]);
    setTimeout(update);
  });
  new MutationObserver(update).observe(draft, {childList: true});
  update();
})();
