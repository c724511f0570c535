// How long one may still write: counted by the server's clock, and asked for anew once it is over.
"use strict";

(() => {
  const strips = document.getElementById("window"), MINUTE = 60000, HOUR = 60 * MINUTE, DAY = 24 * HOUR;
  let isOver = false;

  function told(left, says) {
    const days = Math.floor(left / DAY), hours = Math.floor(left % DAY / HOUR), minutes = Math.floor(left % HOUR / MINUTE);
    const parts = days ? [says.days.replace("{n}", days), hours && says.hours.replace("{n}", hours)]
      : hours ? [says.hours.replace("{n}", hours), minutes && says.minutes.replace("{n}", minutes)]
      : [minutes ? says.minutes.replace("{n}", minutes) : says.soon];
    return parts.filter(Boolean).join(" ");
  }

  function tick() {
    const strip = strips.querySelector("[data-open-until]");
    if (!strip) return;
    const left = Desk.left(strip.dataset.openUntil), text = told(left, strip.dataset);
    const mark = strip.querySelector("b");
    if (mark.textContent !== text) mark.textContent = text;
    strip.classList.toggle("is-ending", left < HOUR);
    isOver = left <= 0;
  }

  // Nothing but the time has changed: without its stamp the page is brought anew, with the reason in it.
  Talk.root.addEventListener("desk:asking", (event) => { if (isOver) event.detail.set("stamp", ""); });
  Talk.root.addEventListener("desk:shown", () => { isOver = false; tick(); });
  setInterval(tick, 1000);
  tick();
})();
