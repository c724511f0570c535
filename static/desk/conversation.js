// One conversation: what changed in it is brought up to date, the composer never is, so that typing is safe.
//
// The other files of the page hang on to it by events on #talk: `desk:asking` (detail: the query of the next
// look, to add to), `desk:told` (detail: all that a look brought), `desk:shown` (detail: the parts of the page,
// where they came), `desk:acted` (something was done here) and `desk:sent` (a message went; to be dispatched by
// whoever sends one). By Talk.whileBusy(ask): while `ask` says so, every moment has its look.
"use strict";

const Talk = (() => {
  const talk = document.getElementById("talk"), feed = document.getElementById("feed");
  const types = document.getElementById("client-types"), note = document.getElementById("composer-note");
  // Parts of the page by their ids, as the look brings them; the panel has its own way of being shown.
  const places = ["feed", "window", "draft"].map((id) => document.getElementById(id));
  const here = document.getElementById("here"), busy = [], readings = new BroadcastChannel("desk-read");
  let renderedUnseen = false, isLeaving = false, worked = null;

  // One's own lists, in other tabs, learn at once what is read.
  function tellRead() { if (isWatched()) readings.postMessage(talk.dataset.of); }
  // Beside the window that somebody works in it may be seen, but nobody looks.
  function isWatched() { return !document.hidden && document.hasFocus(); }
  function atBottom() { return feed.scrollHeight - feed.scrollTop - feed.clientHeight < 60; }
  function toBottom() { feed.scrollTop = feed.scrollHeight; }
  function tell(name, detail) { talk.dispatchEvent(new CustomEvent(`desk:${name}`, {detail})); }
  function say(text, bad) { note.textContent = text; note.classList.toggle("is-bad", Boolean(bad)); }

  // Typing is told both ways by the looks that are made anyway.
  function showTyping(clientTypes) { const follow = atBottom(); types.hidden = !clientTypes; if (follow) toBottom(); }

  function show(parts) {
    showTyping(parts.client_types);
    if (!parts.stamp) return;
    const follow = atBottom(), focused = document.activeElement;
    for (const place of places) Desk.patch(place, parts[place.id]);
    if (!focused.isConnected && document.activeElement === document.body) goOnFrom(focused);
    Object.assign(talk.dataset, {stamp: parts.stamp, at: parts.at, pass: parts.pass});
    tell("shown", parts);
    if (follow) toBottom();
    Desk.tick();
    tellSeen();
    tellRead();
  }

  async function ask(signal) {
    const query = new URLSearchParams(location.search);
    // What was brought while nobody looked is asked for again, so that the client learns it was seen.
    query.set("stamp", renderedUnseen && isWatched() ? "" : talk.dataset.stamp);
    if (!document.hidden && !isLeaving) query.set("looking", "1");
    if (!document.hasFocus()) query.set("aside", "1");
    if (!types.hidden) query.set("client_types", "1");
    tell("asking", query);
    const wasWatched = isWatched();
    const answer = await Desk.look(`${talk.dataset.liveUrl}?${query}`, signal);
    if (!answer) return;
    const parts = await answer.json();
    tell("told", parts);
    if (parts.stamp) renderedUnseen = !wasWatched;
    show(parts);
  }

  const refresh = Desk.watch(talk.dataset.changesUrl, () => talk, ask, {
    of: talk.dataset.of,
    onState: (answered) => {
      if (!answered) say(talk.dataset.offline, true);
      else if (note.textContent === talk.dataset.offline) say("");
    },
    // A look is also a sign that somebody is here.
    full: () => 20000,
    // Typing is told, and ends, with a look; what was brought while nobody looked is asked for again.
    busy: () => !types.hidden || Boolean(here?.dataset.token.includes("w")) || (renderedUnseen && isWatched()) || busy.some((one) => one()),
  });

  // What one types goes where an answer can be written; where only a template may go, that is chosen first.
  function toAnswer() {
    const ways = document.querySelectorAll("#window [data-templates-open], #composer textarea:enabled");
    ([...ways].find((way) => way.getClientRects().length) ?? feed).focus({preventScroll: true});
  }
  // Who had the focus is gone. By keys, a draft or a reminder is followed by an answer; anything else leaves one
  // where the page is read and its keys work.
  function goOnFrom(gone) { if (gone === worked) toAnswer(); else feed.focus({preventScroll: true}); }

  // A button is dead while its work is done, so that twice is once. A dead one has no focus: it gets it back.
  async function act(button, url, data, time) {
    const isFocused = document.activeElement === button;
    if (isFocused) worked = button.matches("#draft :focus-visible, #snoozed :focus-visible") ? button : null;
    button.disabled = true;
    const answer = await Desk.post(url, data, talk.dataset, time);
    button.disabled = false;
    if (isFocused && [button, document.body].includes(document.activeElement)) {
      if (button.isConnected) button.focus({preventScroll: true}); else goOnFrom(button);
    }
    if (answer.ok) tell("acted");
    refresh();
    return answer;
  }

  // The newest message before the operator's eyes.
  function seen() { return [...feed.querySelectorAll("[data-message]")].reduce((most, part) => Math.max(most, Number(part.dataset.message)), 0); }

  // What was on a screen somebody looks at, and only what is new since: the client may be shown that.
  let told = 0;
  async function tellSeen() {
    const now = seen();
    if (!talk.dataset.seenUrl || !isWatched() || now <= told) return;
    const data = new FormData();
    data.set("seen", now);
    const before = told;
    told = now;
    if (!(await Desk.post(talk.dataset.seenUrl, data, talk.dataset)).ok) told = before;
  }
  document.addEventListener("visibilitychange", tellSeen);
  addEventListener("focus", () => { tellSeen(); if (renderedUnseen) refresh(); });

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-post]");
    if (!button || (button.dataset.confirm && !confirm(button.dataset.confirm))) return;
    const data = new FormData();
    data.set("seen", seen());
    const answer = await act(button, button.dataset.post, data);
    if (!answer.ok) say(answer.error, true);
  });
  // To come back to it later: no look of this page may read it again.
  document.querySelector("[data-unread]")?.addEventListener("click", async ({currentTarget: button}) => {
    isLeaving = button.disabled = true;
    const answer = await Desk.post(button.dataset.unread, null, talk.dataset);
    if (answer.ok) { location.assign(button.dataset.list); return; }
    isLeaving = button.disabled = false;
    say(answer.error, true);
  });
  talk.addEventListener("desk:sent", () => { refresh(); toBottom(); });

  // To what an address names: before one's eyes, and read aloud. Says whether it is here.
  function goTo(hash) {
    const target = document.getElementById(hash.slice(1));
    if (!target || !feed.contains(target)) return false;
    target.tabIndex = -1;
    target.scrollIntoView({block: "center"});
    target.focus({preventScroll: true});
    return true;
  }
  // Words that something rests on may be far older than what is shown: the page of their time is the server's.
  document.addEventListener("click", (event) => {
    const {hash} = event.target.closest('a[href^="#m"]') ?? {};
    if (!hash || event.ctrlKey || event.metaKey || goTo(hash)) return;
    event.preventDefault();
    location.assign(`${location.pathname}?at=${hash.slice(2)}${hash}`);
  });

  document.addEventListener("DOMContentLoaded", () => {
    for (const place of places) Desk.remember(place);
    if (!goTo(location.hash)) toBottom();
    Desk.tick();
    tellSeen();
    tellRead();
  });
  return {act, refresh, say, seen, tell, toAnswer, toBottom, whileBusy: (one) => busy.push(one), root: talk};
})();
