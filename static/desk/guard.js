// A draft taken into the answer box unchanged, with figures nobody named: the operator answers for them, or edits.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const composer = document.getElementById("composer"), draft = document.getElementById("draft");
  const vouch = composer.querySelector(".composer-vouch"), box = composer.elements.vouched;

  function unproven() {
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
  draft.addEventListener("click", () => setTimeout(update));
  new MutationObserver(update).observe(draft, {childList: true});
  update();
});
