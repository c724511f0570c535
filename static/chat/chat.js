/* The chat page: what is typed is kept until the server has it, and the server is asked for more for ever. */
"use strict";

(function () {
  const setup = JSON.parse(document.getElementById("setup").textContent);
  setup.title = document.title;
  const words = setup.words;
  const kept = Chat.keep(setup.id);
  const text = document.getElementById("text");
  const send = document.getElementById("send");
  const composer = document.getElementById("composer");
  const trouble = document.getElementById("trouble");
  const off = document.getElementById("off");

  let after = 0;          // the last line this page has got from the server
  let newest = 0;         // the last answer shown here
  let told = { delivered: 0, read: 0 };
  let unread = 0;
  let lastActive = Date.now();
  let failures = 0;
  let timer = null;
  let polling = false;
  let sending = false;
  let resendTimer = null;

  const show = Chat.show(setup, { retry, edit, scrolledToEnd: looked });
  const frame = Chat.frame(setup.id, { changed: looked });
  const watched = () => !document.hidden && frame.isOpen;

  /* --- writing --- */
  function submit() {
    const words_ = text.value.trim();
    if (!words_ || words_.length > setup.longest) return;
    const line = { key: Chat.newKey(), text: words_, at: Date.now() };
    kept.put(line);
    kept.draft = "";
    text.value = "";
    resize();
    show.unsent(line, "sending");
    show.toEnd();
    lastActive = Date.now();
    flush();
  }
  function retry(key) {
    const line = kept.unsent().find((one) => one.key === key);
    if (!line) return;
    delete line.failed;
    kept.put(line);
    show.unsent(line, "sending");
    flush();
  }
  function edit(key) {
    const line = kept.unsent().find((one) => one.key === key);
    if (!line) return;
    kept.drop(key);
    show.remove(key);
    text.value = text.value ? line.text + "\n" + text.value : line.text;
    typed();
    text.focus();
  }

  /* One line after the other, in the order in which they were written; in one tab at a time where browsers can. */
  async function flush() {
    if (sending) return;
    sending = true;
    clearTimeout(resendTimer);
    try {
      await alone(sendAll);
    } finally {
      sending = false;
    }
    // Written while the last one was on its way: at once. Held up: when there is hope again.
    const held = failures || holdUntil > Date.now();
    if (waitingLines().length) resendTimer = setTimeout(flush, held ? pause() : 50);
  }
  /* Browsers that give a frame no storage give it no locks either. */
  async function alone(act) {
    let entered = false;
    const enter = () => { entered = true; return act(); };
    try {
      if (navigator.locks) return await navigator.locks.request("chat:" + setup.id, enter);
    } catch (denied) {
      if (entered) throw denied;
    }
    return act();
  }
  const waitingLines = () => kept.unsent().filter((line) => !line.failed);

  async function sendAll() {
    for (let line = waitingLines()[0]; line; line = waitingLines()[0]) {
      show.unsent(line, "sending");
      const token = kept.token;
      const body = { key: line.key, text: line.text };
      if (frame.origin) body.origin = frame.origin;
      const answer = await Chat.talk(setup.messages, { token, body });
      if (answer.status === 200) { reached(); delivered(line, answer.data); continue; }
      if (answer.status === 401 && token) { renew(token); continue; }
      if (answer.status === 429) { waitFor(line, answer); return; }
      if (answer.status === 0 || answer.status >= 500) { waitFor(line, answer); lost(); return; }
      fail(line, answer.data.error && answer.data.error.message);
    }
  }
  function delivered(line, data) {
    if (data.token) kept.token = data.token;
    show.stored(data.line);
    kept.drop(line.key);
    schedule(0);
  }
  let holdUntil = 0;
  function waitFor(line, answer) {
    holdUntil = Date.now() + Math.max(answer.wait, 1) * 1000;
    show.unsent(line, "waiting");
  }
  function fail(line, reason) {
    line.failed = reason || true;
    kept.put(line);
    show.unsent(line, "failed");
  }
  function renew(token) {
    kept.forget(token);
    after = 0;
    show.note(words.renewed);
  }

  /* --- reading --- */
  async function poll() {
    const token = kept.token;
    if (polling || !token) return;
    polling = true;
    const answer = await Chat.talk(setup.messages + "?after=" + after, { token });
    polling = false;
    if (answer.status === 200) { reached(); received(answer.data); schedule(answer.data.more ? 0 : null); return; }
    if (answer.status === 401) { renew(token); return; }
    lost();
    schedule(null);
  }
  function received(data) {
    let fresh = 0;
    for (const line of data.lines) {
      after = Math.max(after, line.id);
      if (line.mine && line.key) kept.drop(line.key);
      const isNew = show.stored(line);
      if (!line.mine) newest = Math.max(newest, line.id);
      if (isNew && line.id > data.seen.read) fresh += 1;
    }
    told = { delivered: Math.max(told.delivered, data.seen.delivered), read: Math.max(told.read, data.seen.read) };
    if (fresh) { unread += fresh; lastActive = Date.now(); }
    available(data.open);
    looked();
  }
  /* Says how far the visitor has got; said again at the next look if it did not get through. */
  async function looked() {
    const reading = watched() && show.atEnd();
    if (reading) unread = 0;
    show.title(document.hidden ? unread : 0);
    frame.tell({ unread, started: Boolean(kept.token) });
    const now = { delivered: newest, read: reading ? newest : told.read };
    if (!kept.token || (now.delivered <= told.delivered && now.read <= told.read)) return;
    const before = told;
    told = now;
    const answer = await Chat.talk(setup.seen, { token: kept.token, body: now });
    if (answer.status !== 200 && told === now) told = before;
  }

  /* --- rhythm --- */
  function pause() {
    if (failures) return Math.max(holdUntil - Date.now(), Math.min(1000 * 2 ** (failures - 1), 15000) * (0.75 + Math.random() / 2));
    if (holdUntil > Date.now()) return holdUntil - Date.now();
    const idle = Date.now() - lastActive;
    if (!watched()) return idle > 300000 ? 30000 : 5000;
    return idle > 1800000 ? 10000 : idle > 300000 ? 3000 : 1000;
  }
  function schedule(wait) {
    clearTimeout(timer);
    timer = setTimeout(poll, wait === null ? pause() : wait);
  }
  function lost() {
    failures += 1;
    show.banner(words.offline);
  }
  function reached() {
    if (failures) { failures = 0; show.banner(""); if (waitingLines().length) flush(); }
  }
  function again() {
    if (watched()) lastActive = Date.now();
    looked();
    schedule(0);
    flush();
  }
  function available(isOpen) {
    composer.hidden = !isOpen;
    off.hidden = isOpen;
    off.textContent = isOpen ? "" : setup.offline;
  }

  /* --- typing --- */
  function resize() {
    text.style.height = "auto";
    text.style.height = text.scrollHeight + 2 + "px";
    const over = text.value.trim().length - setup.longest;
    trouble.textContent = over > 0 ? words.too_long.replace("{n}", over) : "";
    send.disabled = over > 0 || !text.value.trim();
  }
  function typed() {
    kept.draft = text.value;
    lastActive = Date.now();
    resize();
  }
  function listen() {
    text.addEventListener("input", typed);
    text.addEventListener("keydown", (event) => {
      const touch = matchMedia("(pointer: coarse)").matches;
      if (event.key !== "Enter" || event.shiftKey || event.isComposing || touch) return;
      event.preventDefault();
      submit();
    });
    composer.addEventListener("submit", (event) => { event.preventDefault(); submit(); text.focus(); });
    document.addEventListener("visibilitychange", again);
    window.addEventListener("online", again);
    window.addEventListener("offline", () => show.banner(words.offline));
    window.addEventListener("focus", again);
    // Another tab of this chat got its token, or sent what was waiting.
    window.addEventListener("storage", (event) => {
      const name = event.key || "";
      if (name.startsWith("chat:" + setup.id + ":") && !name.endsWith(":draft")) schedule(0);
    });
    window.addEventListener("pageshow", (event) => { if (event.persisted) again(); });
  }

  async function start() {
    show.greet(setup.greeting);
    await frame.begin(kept);
    listen();
    available(setup.open);
    // Somebody may have been faster than this script.
    const early = text.value === kept.draft ? "" : text.value;
    text.value = [kept.draft, early].filter(Boolean).join("\n");
    typed();
    for (const line of kept.unsent()) show.unsent(line, line.failed ? "failed" : "waiting");
    show.toEnd();
    flush();
    schedule(0);
  }
  start();
})();
