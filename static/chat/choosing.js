/* Buttons under an answer: whoever presses one says its words. They stay until the visitor has said something since. */
"use strict";

Chat.choose = function (log, setup, on) {
  function draw(texts) {
    const group = document.createElement("div");
    group.className = "choices";
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", setup.words.choices);
    for (const text of texts) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = text;
      button.addEventListener("click", () => { on.press(text); log.focus({ preventScroll: true }); });
      group.append(button);
    }
    return group;
  }
  /* Also of a line that is still on its way: so a second press finds no button. */
  function settle() {
    let answered = false;
    for (const row of [...log.querySelectorAll(".line")].reverse()) {
      const group = row.querySelector(".choices");
      if (group) group.hidden = answered;
      answered = answered || row.classList.contains("mine");
    }
  }
  return { draw, settle };
};
