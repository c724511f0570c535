// Tells of what is new where nobody looks: in one of the browser's many tabs, once, and no more when it was read.
//
// The tab that leads (a lock says which) hears of the bell by the look that live.js takes anyway; only where a page
// takes none for a while it asks for itself. When the bell has rung it asks what there is, and tells what it has not
// told before: that is kept in the browser, so neither a reload nor a restart of the server tells it again.
"use strict";

const Bell = (() => {
  const mark = document.getElementById("bell");
  if (!mark) return null;
  const {member, toldUrl, changesUrl, workerUrl, clockUrl, listUrl, mentionsUrl} = mark.dataset;
  const MEMORY = `desk:bell:${member}`, KEPT = 3 * 24 * 3600 * 1000;
  // In seconds: how often it asks for itself; how long a burst is gathered; how soon what is no notice here (a count
  // in the title) is brought up to date; after how long a server that did not answer, or can't tell, is asked again.
  const EVERY = 5, GATHER = 1, LAZY = 30, AGAIN = 10;
  const channel = new BroadcastChannel(MEMORY), title = document.title;
  let pass = mark.dataset.pass, isStopped = false, isAsking = false, wantsFree = false;
  let since = 0, askAt = 0, nextAt = null, heardAt = 0, held = [], focused = new Set(), told = null, stop = null;

  const seconds = () => Date.now() / 1000;
  function remembered() { try { return JSON.parse(localStorage.getItem(MEMORY)); } catch { return null; } }
  function soon(after) { const at = seconds() + after; askAt = askAt ? Math.min(askAt, at) : at; }

  // --- in every tab: counts, who is looked at, and a sound where the tab that leads may not make one
  function isLookedAt() { return !document.hidden && document.hasFocus(); }
  function showCounts({unread, mentions}) {
    // The list counts for itself, while it is seen.
    if (document.hidden || document.querySelector(".talk, .desk-list:not([data-live-url])")) document.title = unread ? `(${unread}) ${title}` : title;
    if (mentions === undefined) return;
    for (const badge of document.querySelectorAll(`[data-badge="${mentionsUrl}"]`)) { badge.firstElementChild.textContent = mentions || ""; badge.hidden = !mentions; }
  }
  async function soundHere({tune, volume}) {
    if (!Tunes.isAwake()) return;
    if (!navigator.locks) { Tunes.play(tune, volume); return; }
    await navigator.locks.request(`${MEMORY}:sound`, {ifAvailable: true}, async (lock) => {
      if (lock && Tunes.play(tune, volume)) await new Promise((done) => setTimeout(done, 2000));
    });
  }
  channel.addEventListener("message", ({data}) => {
    if (data.counts) showCounts(data.counts);
    if (data.asksFocus && isLookedAt()) channel.postMessage({focused: location.pathname});
    if (data.focused) focused.add(data.focused);
    if (data.sound) soundHere(data.sound);
  });
  const before = remembered();
  // In the menu stands what the server has just counted.
  if (before?.counts) showCounts({unread: before.counts.unread});

  // --- the tab that leads: what the bell said, and what there is
  // `rings`: of this member and of 0, which stands for all; null where the server can't tell.
  function heard({at, rings}) {
    heardAt = seconds();
    if (!rings || rings.length) since = Math.max(since, at);
    if (rings?.includes(Number(member)) || (rings?.length && wantsFree)) soon(GATHER);
    else if (!rings) soon(AGAIN);
    else if (rings.length) soon(LAZY);
  }

  async function listen() {
    heardAt = seconds();
    const query = new URLSearchParams({pass, since, bell: since, of: -1});
    const answer = await fetch(`${changesUrl}?${query}`, {signal: Desk.patience()});
    if (answer.status === 403) soon(0);
    else if (answer.status === 200) heard(await answer.json());
  }

  async function ask() {
    const asked = Date.now(), answer = await fetch(`${toldUrl}?member=${member}`, {signal: Desk.patience()});
    // Signed out, or at work in another organisation: whoever signs in again leads with a new page.
    if (answer.redirected || [401, 403, 404].includes(answer.status)) { stop(); return; }
    if (!answer.ok) throw new TypeError(`${answer.status}`);
    take(await answer.json(), asked);
  }

  function take(content, asked) {
    told = content; pass = content.pass; wantsFree = content.free;
    since = Math.max(since, content.at);
    nextAt = content.next === null ? null : content.next - content.at + seconds();
    const counts = {unread: content.unread, mentions: content.mentions}, current = new Set(content.notices.map((one) => one.key));
    showCounts(counts);
    channel.postMessage({counts});
    closeBut(current, asked);
    const memory = remembered(), keys = memory?.keys ?? {}, now = Date.now();
    for (const key of Object.keys(keys)) if (!current.has(key) && now - keys[key] > KEPT) delete keys[key];
    // The first time in this browser it is only learnt what there is: nobody is told of a whole past.
    if (!memory && !content.quiet) for (const key of current) keys[key] = now;
    keep(keys, counts);
    held = content.notices.filter((one) => !(one.key in keys));
    if (held.length) { focused = new Set(isLookedAt() ? [location.pathname] : []); channel.postMessage({asksFocus: true}); }
  }
  function keep(keys, counts) { try { localStorage.setItem(MEMORY, JSON.stringify({keys, counts, since, nextAt, wantsFree})); } catch { /* full: told twice is no harm */ } }

  // --- what is shown and heard
  // The worker has no page in its scope, so none waits for it.
  let place = null;
  async function registered() {
    const made = await navigator.serviceWorker.register(workerUrl), coming = made.installing ?? made.waiting;
    if (!made.active) await new Promise((done) => coming.addEventListener("statechange", () => { if (coming.state !== "installed") done(); }));
    return made;
  }
  async function registration() {
    if (!navigator.serviceWorker || !window.Notification || Notification.permission !== "granted") return null;
    try { return await (place ??= registered()); } catch { place = null; return null; }
  }
  // What a push showed since the question was asked, its answer may not know yet.
  async function closeBut(current, asked) {
    const shower = await registration();
    for (const one of (await shower?.getNotifications()) ?? []) {
      if (one.data?.keys && !(one.data.at >= asked) && !one.data.keys.some((key) => current.has(key))) one.close();
    }
  }

  function counted(notices) {
    const words = notices.every((one) => one.messages), n = words ? notices.reduce((sum, one) => sum + one.messages, 0) : notices.length;
    const forms = told.many[words ? "messages" : "notices"];
    return (forms[new Intl.PluralRules(document.documentElement.lang).select(n)] ?? forms.many).replace("#", n);
  }
  // Several at once are one: of as many conversations, or of one client who wrote much.
  function composed(notices) {
    const [first] = notices, keys = notices.map((one) => one.key);
    if (notices.length === 1) return {title: first.messages > 1 ? `${first.title}: ${counted(notices)}` : first.title, body: first.body, tag: `${MEMORY}:${first.url}`, data: {keys, url: first.url}};
    const names = [...new Set(notices.map((one) => one.title))], shown = names.slice(0, 3).join("\n");
    const isOne = new Set(notices.map((one) => one.url)).size === 1;
    return {title: counted(notices), body: names.length > 3 ? `${shown}\n…` : shown, tag: `${MEMORY}:many`, data: {keys, url: isOne ? first.url : listUrl}};
  }
  async function announce(notices) {
    const shows = notices.filter((one) => one.shows);
    if (notices.some((one) => one.sounds) && !Tunes.play(told.tune, told.volume)) channel.postMessage({sound: {tune: told.tune, volume: told.volume}});
    const shower = shows.length ? await registration() : null;
    if (!shower) return;
    // What a push has shown in the meantime is not told again.
    const there = new Set((await shower.getNotifications()).flatMap((one) => one.data?.keys ?? [])), left = shows.filter((one) => !there.has(one.key));
    if (!left.length) return;
    const {title: head, ...rest} = composed(left);
    await shower.showNotification(head, {...rest, silent: true, renotify: true, lang: document.documentElement.lang});
  }

  // Known before it is shown: whoever dies here tells it once at most.
  function tell() {
    const memory = remembered(), keys = memory?.keys ?? {}, notices = held.filter((one) => !(one.key in keys));
    held = [];
    for (const one of notices) keys[one.key] = Date.now();
    keep(keys, memory?.counts);
    const unseen = notices.filter((one) => !focused.has(one.url));
    if (unseen.length) announce(unseen).catch(console.error);
  }

  // --- every second, by a clock that does not slow down where the page is hidden
  async function tick() {
    if (isStopped || isAsking) return;
    if (held.length) tell();
    const now = seconds();
    isAsking = true;
    try {
      if (nextAt !== null && now >= nextAt) { nextAt = null; soon(0); }
      if (askAt && now >= askAt) { askAt = 0; await ask(); }
      else if (now - heardAt >= EVERY) await listen();
    } catch (error) { soon(AGAIN); if (!(error instanceof TypeError || error.name === "TimeoutError")) console.error(error); }
    isAsking = false;
  }

  function lead() {
    // A page after a page goes on where the other ended; what happened in between the server tells.
    const memory = remembered();
    if (memory?.since) ({since, nextAt, wantsFree} = memory); else soon(0);
    Desk.bell = {since: () => since, heard, quiet: () => { heardAt = seconds(); }};
    const clock = new Worker(clockUrl);
    clock.onmessage = tick;
    clock.onerror = () => setInterval(tick, 1000);
    tick();
    // As long as the tab lives, or may be told anything.
    return new Promise((end) => { stop = () => { isStopped = true; Desk.bell = null; clock.terminate(); end(); }; });
  }
  // Without https there are no locks, and no notifications either: every tab leads, and what was told is shared.
  addEventListener("DOMContentLoaded", () => { if (navigator.locks) navigator.locks.request(MEMORY, lead); else lead(); });
  return {composed, registration};
})();
