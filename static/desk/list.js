// The list of conversations: replaced as a whole when anything in it changed; the tab's title counts who waits.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const list = document.querySelector(".desk-list"), rows = document.getElementById("rows");
  const offline = document.querySelector(".desk-offline"), title = document.title;

  function counted() {
    const waiting = Number(rows.firstElementChild?.dataset.waiting || 0);
    document.title = waiting ? `(${waiting}) ${title}` : title;
    Desk.tick();
  }

  async function ask() {
    const query = new URLSearchParams(location.search);
    query.set("stamp", rows.firstElementChild?.dataset.stamp || "");
    const answer = await fetch(`${list.dataset.liveUrl}?${query}`);
    if (answer.redirected) location.reload();
    if (answer.status === 200) { rows.innerHTML = await answer.text(); counted(); }
    return answer.ok;
  }

  counted();
  Desk.poll(ask, (answered) => { offline.hidden = answered; });
});
