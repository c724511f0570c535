// Several colleagues at one conversation: who else is here, and the warning where more has happened than was seen.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const talk = document.getElementById("talk"), here = document.getElementById("here");
  const composer = document.getElementById("composer"), words = composer.elements.text;
  const box = document.getElementById("collision"), told = box.querySelector("[data-collision-text]");
  const WRITING = 3000;
  let wroteAt = -WRITING, again = null, known = {};

  // --- told both ways by the looks that are made anyway
  words.addEventListener("input", () => { wroteAt = words.value.trim() ? performance.now() : -WRITING; });
  composer.addEventListener("sent", () => { wroteAt = -WRITING; });
  talk.addEventListener("desk:asking", (event) => {
    event.detail.set("here", here.dataset.token);
    if (performance.now() - wroteAt < WRITING) event.detail.set("writing", "1");
  });
  talk.addEventListener("desk:told", (event) => {
    const now = event.detail.here;
    if (!now || now.token === here.dataset.token) return;
    here.dataset.token = now.token;
    here.textContent = now.text;
  });
  addEventListener("pagehide", () => {
    const data = new FormData();
    data.set("csrfmiddlewaretoken", Desk.csrf());
    navigator.sendBeacon(talk.dataset.leaveUrl, data);
  });

  // --- nothing was sent: what came meanwhile, or whose appeal it is, is shown once, and a second press sends
  // Whoever was told of a colleague once is not asked again while that colleague leads the appeal.
  const keeper = document.createElement("input");
  Object.assign(keeper, {type: "hidden", name: "keeper", autocomplete: "off"});
  composer.append(keeper);

  function line(tag, className, text) {
    const part = document.createElement(tag);
    part.className = className; part.textContent = text;
    return part;
  }
  function show(answer) {
    told.replaceChildren();
    if (answer.newer.length) {
      told.append(line("b", "", `${box.dataset.came}:`));
      for (const one of answer.newer) {
        const words = line("p", "collision-words", "");
        words.append(line("span", "collision-by", `${one.by}, ${one.at}`), line("bdi", "", one.text));
        told.append(words);
      }
    }
    if (answer.keeper) told.append(line("p", "", answer.keeper.asked));
    told.append(line("p", "collision-still", box.dataset.notSent));
    box.hidden = false;
    box.querySelector("[data-collision-send]").focus();
  }
  function close() { box.hidden = true; again = null; }

  talk.addEventListener("desk:refused", (event) => {
    const {answer} = event.detail;
    if (answer.code !== "collision") return;
    again = event.detail.again;
    known = {...(answer.shown && {shown: answer.shown}), ...(answer.keeper && {keeper: answer.keeper.id})};
    composer.querySelector(".composer-note").textContent = "";
    show(answer);
  });
  box.querySelector("[data-collision-send]").addEventListener("click", () => {
    const send = again, told = known;
    close();
    if (told.keeper) keeper.value = told.keeper;
    words.focus();
    send?.(told);
  });
  box.querySelector("[data-collision-off]").addEventListener("click", () => { close(); words.focus(); });
  box.addEventListener("keydown", (event) => { if (event.key === "Escape") { close(); words.focus(); } });
  for (const name of ["sent", "submit"]) composer.addEventListener(name, close);

  // What must be asked before a small form goes.
  document.addEventListener("submit", (event) => {
    const asks = event.submitter?.dataset.asks;
    if (asks && !confirm(asks)) { event.preventDefault(); event.stopImmediatePropagation(); }
  }, true);
});
