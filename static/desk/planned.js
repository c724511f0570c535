// Answers that have not gone yet: taken back into the composer, by the button or the keyboard.
"use strict";

(() => {
  const {words} = Composer;

  async function takeBack(button) {
    if (button.disabled) return;
    if (button.dataset.confirm && !confirm(button.dataset.confirm)) return;
    const answer = await Talk.act(button, button.dataset.takeBack);
    if (!answer.ok) { Talk.say(answer.error, true); return; }
    if ("drop" in button.dataset) return;
    if (answer.content.template) document.dispatchEvent(new CustomEvent("desk:template", {detail: answer.content}));
    else Composer.give(answer.content);
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-take-back]");
    if (button) takeBack(button);
  });

  // Esc, or Ctrl+Z where there is nothing typed to be undone.
  document.addEventListener("keydown", (event) => {
    const isUndo = event.key === "Escape" || ((event.ctrlKey || event.metaKey) && !event.shiftKey && event.code === "KeyZ");
    if (!isUndo || event.defaultPrevented || words.value || ![words, document.body].includes(document.activeElement)) return;
    const button = [...document.querySelectorAll("[data-undo] .planned-undo")].at(-1);
    if (button) { event.preventDefault(); takeBack(button); }
  });
})();
