// Choosing conversations in the list, by tick or all that the filters hold, and what is done with them.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const list = document.querySelector(".desk-list"), bar = document.getElementById("chosen");
  if (!bar) return;
  const page = bar.querySelector("[data-choose-page]"), told = bar.querySelector("[data-told]"), usual = told.textContent;
  const acts = bar.querySelector(".desk-chosen-acts"), all = bar.querySelector("[data-everything-found]"), said = bar.querySelector(".desk-chosen-said");
  const MANY = 20;
  const chosen = new Set();
  let everything = 0, last = null;

  function ticks() { return [...document.querySelectorAll("[data-choose]")]; }

  function show() {
    // Rows are drawn anew by the list; what is chosen is remembered here.
    for (const tick of ticks()) tick.checked = everything > 0 || chosen.has(tick.value);
    const some = everything > 0 || chosen.size > 0;
    bar.classList.toggle("is-choosing", some);
    list.classList.toggle("is-choosing", some);
    acts.hidden = !some;
    told.textContent = everything ? bar.dataset.everything.replace("{n}", everything) : some ? bar.dataset.chosen.replace("{n}", chosen.size) : usual;
    page.checked = some && ticks().every((tick) => tick.checked);
    all.hidden = everything > 0 || !document.querySelector(".desk-more") && !chosen.size;
  }

  // Whoever was among the buttons that go now chooses on from above them; what was begun is told right below.
  function none() {
    const isWorkedIn = acts.contains(document.activeElement);
    chosen.clear(); everything = 0; last = null; say(""); show();
    if (isWorkedIn) page.focus();
  }
  function say(text, bad) { said.textContent = text; said.classList.toggle("is-bad", Boolean(bad)); }

  list.addEventListener("click", (event) => {
    const tick = event.target.closest("[data-choose]");
    if (!tick) return;
    if (everything) { everything = 0; for (const one of ticks()) chosen.add(one.value); }
    // With Shift everything between two ticks.
    const now = ticks(), from = now.indexOf(last), to = now.indexOf(tick);
    const span = event.shiftKey && from >= 0 ? now.slice(Math.min(from, to), Math.max(from, to) + 1) : [tick];
    for (const one of span) if (tick.checked) chosen.add(one.value); else chosen.delete(one.value);
    last = tick;
    show();
  });
  page.addEventListener("change", () => {
    const on = page.checked;
    none();
    if (on) for (const tick of ticks()) chosen.add(tick.value);
    show();
  });
  bar.querySelector("[data-choose-none]").addEventListener("click", none);
  all.addEventListener("click", async () => {
    try {
      const answer = await Desk.look(`${bar.dataset.countUrl}${location.search}`);
      everything = answer ? (await answer.json()).count : 0;
      show();
    } catch { say(list.dataset.offline, true); }
  });

  async function order(kind, field, value) {
    const many = everything || chosen.size;
    if (kind !== "export" && many >= MANY && !confirm(bar.dataset.confirm.replace("{n}", many))) return;
    const data = new FormData();
    data.set("kind", kind);
    if (field) data.set(field, value);
    if (everything) { data.set("all", "1"); data.set("filters", location.search.slice(1)); }
    else for (const pk of chosen) data.append("chosen", pk);
    const answer = await Desk.post(bar.dataset.url, data, list.dataset);
    if (!answer.ok) { say(answer.error, true); return; }
    none();
    list.dispatchEvent(new Event("ordered"));
  }
  for (const part of bar.querySelectorAll("[data-bulk]")) {
    if (part.matches("button")) part.addEventListener("click", () => order(part.dataset.bulk));
    else part.addEventListener("change", async () => {
      const value = part.value;
      part.value = "";
      if (value) await order(part.dataset.bulk, part.dataset.field, value);
    });
  }
  document.addEventListener("keydown", (event) => { if (event.key === "Escape" && (everything || chosen.size)) none(); });
  list.addEventListener("rows", show);
  list.addEventListener("wish", none);
  show();
});
