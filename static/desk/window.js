// How long one may still write: counted by the server's clock, and asked for anew once it is over.
"use strict";

(() => {
  const strips = document.getElementById("window"), HOUR = 3600000;
  let isOver = false, isAsked = false;

  function tick() {
    const strip = strips.querySelector("[data-open-until]");
    if (!strip) return;
    const left = Desk.left(strip.dataset.openUntil), text = Desk.span(Math.max(left, 0));
    const mark = strip.querySelector("b");
    if (mark.textContent !== text) mark.textContent = text;
    strip.classList.toggle("is-ending", left < HOUR);
    isOver = left <= 0;
  }

  // Nothing but the time has changed: without its stamp the page is brought anew, with the reason in it.
  Talk.root.addEventListener("desk:asking", (event) => { if (isOver) event.detail.set("stamp", ""); });
  Talk.root.addEventListener("desk:shown", () => { isOver = isAsked = false; tick(); });
  setInterval(() => {
    tick();
    if (isOver && !isAsked) { isAsked = true; Talk.refresh(); }
  }, 1000);
  tick();
})();
