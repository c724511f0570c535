// The list of conversations: brought up to date when anything in it changed; the tab's title counts who waits.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const list = document.querySelector(".desk-list"), rows = document.getElementById("rows");
  const offline = document.querySelector(".desk-offline"), title = document.title;
  const badge = document.querySelector(".desk-count");
  // A search reads all messages: not every second.
  const every = new URLSearchParams(location.search).get("q") ? 15000 : 1000;

  function counted() {
    const waiting = Number(rows.firstElementChild.dataset.waiting);
    document.title = waiting ? `(${waiting}) ${title}` : title;
    badge.textContent = waiting; badge.hidden = !waiting;
    Desk.tick();
  }

  async function ask() {
    const query = new URLSearchParams(location.search);
    query.set("stamp", rows.firstElementChild.dataset.stamp);
    const answer = await Desk.look(`${list.dataset.liveUrl}?${query}`);
    if (!answer) return;
    const box = document.createElement("template");
    box.innerHTML = (await answer.text()).trim();
    const fresh = box.content.firstElementChild;
    Desk.patch(rows.firstElementChild, fresh.innerHTML);
    Object.assign(rows.firstElementChild.dataset, fresh.dataset);
    counted();
  }

  Desk.remember(rows.firstElementChild);
  counted();
  Desk.poll(ask, (answered) => { offline.hidden = answered; }, every);
});
