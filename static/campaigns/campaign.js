// A campaign's page: brought up to date while anything moves.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const page = document.getElementById("campaign"), offline = document.getElementById("offline");
  const parts = ["actions", "progress", "recipients"].map((id) => document.getElementById(id));

  async function ask() {
    const query = new URLSearchParams(location.search);
    query.set("stamp", page.dataset.stamp);
    const answer = await Desk.look(`${page.dataset.liveUrl}?${query}`);
    if (!answer) return;
    const fresh = await answer.json();
    // It is a draft again: its own page says why.
    if (fresh.reload) { location.reload(); return; }
    for (const part of parts) Desk.patch(part, fresh[part.id]);
    page.dataset.stamp = fresh.stamp;
  }

  for (const part of parts) Desk.remember(part);
  Desk.poll(ask, (answered) => { offline.hidden = answered; }, 2000);
  document.querySelector("[data-submits]").addEventListener("change", (event) => event.target.form.submit());
});
