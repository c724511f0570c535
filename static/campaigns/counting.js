// A draft whose clients are being counted: how far it is, and then the page with the number.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const place = document.getElementById("counting");

  async function ask() {
    const answer = await Desk.look(place.dataset.liveUrl);
    if (!answer) return;
    const fresh = await answer.json();
    if (fresh.counting) Desk.patch(place, fresh.counting); else location.reload();
  }

  Desk.remember(place);
  Desk.poll(ask, () => {}, 1500);
});
