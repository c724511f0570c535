// How long clients have waited and by when they are to be answered: the server tells the moments alone, and what
// they are by now grows here, so that a list in which nothing happens need not be asked for again.
"use strict";

(() => {
  const MINUTE = 60000, HOUR = 60 * MINUTE, DAY = 24 * HOUR, SOON = 15 * MINUTE;
  const says = document.getElementById("ages").dataset;

  // «2 h 10 min»: the two largest of its units.
  Desk.span = (time) => {
    const parts = [[says.days, Math.floor(time / DAY)], [says.hours, Math.floor(time % DAY / HOUR)], [says.minutes, Math.floor(time % HOUR / MINUTE)]];
    const from = parts.findIndex(([, n]) => n);
    if (from < 0) return says.soon;
    return parts.slice(from, from + 2).filter(([, n]) => n).map(([unit, n]) => unit.replace("{n}", n)).join(" ");
  };

  function waited(mark) {
    const time = -Desk.left(mark.dataset.since);
    return time < MINUTE ? says.waits : says.waited.replace("{t}", Desk.span(time));
  }

  function due(mark, left) {
    if (left <= 0) return says.overdue.replace("{t}", Desk.span(-left));
    return left < HOUR ? says.within.replace("{t}", Desk.span(left)) : says.by.replace("{t}", mark.dataset.moment);
  }

  function put(place, text) { if (place.textContent !== text) place.textContent = text; }

  Desk.onTick(() => {
    for (const mark of document.querySelectorAll(".desk-wait[data-since]")) put(mark, waited(mark));
    for (const mark of document.querySelectorAll(".sla[data-due]")) {
      const left = Desk.left(mark.dataset.due), state = left <= 0 ? "late" : left <= SOON ? "soon" : "calm";
      mark.className = `sla is-${state}`;
      put(mark.lastElementChild, due(mark, left));
    }
  });
})();
