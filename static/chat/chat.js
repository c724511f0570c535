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
  const mic = document.getElementById("mic");
  const away = document.getElementById("away");
  const TYPING = 3000, FRESH = 6 * 3600 * 1000;

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
  let typedAt = 0;        // the last key pressed in the field
  let addressesAt = Date.now();
  let isOpen = setup.open;

  const show = Chat.show(setup, { retry, edit, press, scrolledToEnd: looked });
  const frame = Chat.frame(setup.id, { lends: setup.lends, changed: looked });
  const blobs = Chat.hold(setup.id);
  const takes = () => isOpen && !leave.isOpen && !voice.isBusy;
  const attach = Chat.attach(setup, { say, takes, changed: resize, focus: () => text.focus() });
  const voice = Chat.record(setup, { say, send: sendVoice, changed: layout, focus: () => mic.focus() });
  const leave = Chat.leave(setup, { send: sendContact, changed: layout, closed: () => { kept.asked = true; }, focus: () => text.focus() });
  const watched = () => !document.hidden && frame.isOpen;

  /* --- writing --- */
  function submit() {
    const words_ = text.value.trim();
    if ((!words_ && !attach.count) || words_.length > setup.longest) return;
    kept.draft = "";
    text.value = "";
    typedAt = 0;
    const files = attach.take();
    resize();
    // The words stand under the first file.
    if (!files.length) add({ text: words_ });
    files.forEach((file, at) => addFile(file, { text: at ? "" : words_, name: file.name, voice: false, seconds: null }));
  }
  function sendVoice(taken) { addFile(taken.blob, { text: "", name: taken.name, voice: true, seconds: taken.seconds }); text.focus(); }
  function press(words_) { if (isOpen) add({ text: words_ }); }
  function sendContact(left) { kept.asked = true; add(left); text.focus(); }
  let orderly = 0;        // lines of one moment stay in their order
  function add(what, key = Chat.newKey(), blob = null) {
    orderly = Math.max(Date.now(), orderly + 1);
    const line = { key, at: orderly, ...what };
    kept.put(line);
    show.unsent(drawn(line, blob), "sending");
    show.toEnd();
    lastActive = Date.now();
    flush();
  }
  function addFile(blob, { text: words_, ...file }) {
    const key = Chat.newKey();
    blobs.put(key, blob);
    add({ text: words_, file: { ...file, type: blob.type.split(";")[0], size: blob.size, kind: file.voice ? "voice" : "" } }, key, blob);
  }
  /* As the visitor sees it until the server has it. */
  function drawn(line, blob = null) {
    const contact = line.contact ? [line.contact.name, line.contact.reach].filter(Boolean).join(", ") : "";
    const seen = { ...line, text: [line.text, contact].filter(Boolean).join("\n\n") };
    return line.file ? { ...seen, file: { ...line.file, blob } } : seen;
  }
  function retry(key) {
    const line = kept.unsent().find((one) => one.key === key);
    if (!line) return;
    delete line.failed;
    kept.put(line);
    show.unsent(drawn(line), "sending");
    flush();
  }
  function forget(key) { kept.drop(key); blobs.drop(key); }
  function edit(key) {
    const line = kept.unsent().find((one) => one.key === key);
    if (!line) return;
    forget(key);
    show.remove(key);
    if (line.contact) { leave.open({ ...line.contact, text: line.text }); return; }
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
      show.unsent(drawn(line), "sending");
      const token = kept.token;
      const blob = line.file ? await blobs.get(line.key) : null;
      if (line.file && !blob) { fail(line, words.file_lost); continue; }
      const answer = blob ? await upload(line, blob, token) : await Chat.talk(setup.messages, { token, body: bodyOf(line) });
      if (answer.status === 200) { reached(); delivered(line, answer.data); continue; }
      if (answer.status === 401 && token) { renew(token); continue; }
      if (answer.status === 429) { waitFor(line, answer); return; }
      if (answer.status === 0 || answer.status >= 500) { waitFor(line, answer); lost(); return; }
      fail(line, answer.data.error && answer.data.error.message);
    }
  }
  function bodyOf(line) {
    const body = { key: line.key, text: line.text };
    if (frame.origin) body.origin = frame.origin;
    if (line.contact) body.contact = line.contact;
    return body;
  }
  function upload(line, blob, token) {
    const form = new FormData();
    form.append("key", line.key);
    form.append("text", line.text);
    form.append("origin", JSON.stringify(frame.origin));
    if (line.file.voice) { form.append("voice", "1"); form.append("seconds", String(line.file.seconds)); }
    form.append("file", blob, line.file.name);
    return Chat.upload(setup.messages, { token, form, onProgress: (part) => show.progress(line.key, part) });
  }
  function delivered(line, data) {
    if (data.token) kept.token = data.token;
    show.stored(data.line);
    forget(line.key);
    if (line.contact) show.note(words.contact_taken);
    schedule(0);
  }
  let holdUntil = 0;
  function waitFor(line, answer) {
    holdUntil = Date.now() + Math.max(answer.wait, 1) * 1000;
    show.unsent(drawn(line), "waiting");
  }
  function fail(line, reason) {
    line.failed = reason || true;
    kept.put(line);
    show.unsent(drawn(line), "failed");
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
    if (Date.now() - addressesAt > FRESH) { after = 0; addressesAt = Date.now(); }  // addresses of files live for half a day
    const types = Date.now() - typedAt < TYPING ? "&typing=1" : "";
    const answer = await Chat.talk(setup.messages + "?after=" + after + types, { token });
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
      if (line.mine && line.key && kept.has(line.key)) forget(line.key);
      const isNew = show.stored(line);
      if (!line.mine) newest = Math.max(newest, line.id);
      if (isNew && line.id > data.seen.read) fresh += 1;
    }
    told = { delivered: Math.max(told.delivered, data.seen.delivered), read: Math.max(told.read, data.seen.read) };
    if (fresh) { unread += fresh; lastActive = Date.now(); }
    show.readTo(data.read);
    show.typing(data.typing);
    if (data.typing) lastActive = Date.now();
    available(data.open, data.away);
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
  function available(open, words_) {
    const told = open ? words_ : "";
    isOpen = open;
    off.textContent = isOpen ? "" : setup.offline;
    if (away.textContent !== told) away.textContent = told;
    // Nobody is there to answer: how can we reach you?
    if (isOpen && words_ && !kept.asked && !kept.token && !text.value && !attach.count && !leave.isOpen) leave.open();
    layout();
  }
  /* One of: the field with its buttons, a recording in place of the field, the form, or neither. */
  function layout() {
    composer.hidden = !isOpen || leave.isOpen;
    off.hidden = isOpen;
    away.hidden = !away.textContent;
    document.getElementById("leave").hidden = !isOpen;
    if (!isOpen) document.getElementById("contact").hidden = true;
    composer.classList.toggle("recording", voice.isBusy);
    resize();
  }
  function say(words_) { trouble.textContent = words_; }

  /* --- typing --- */
  function resize() {
    text.style.height = "auto";
    text.style.height = text.scrollHeight + 2 + "px";
    const over = text.value.trim().length - setup.longest;
    if (over > 0) say(words.too_long.replace("{n}", over));
    const isEmpty = !text.value.trim() && !attach.count;
    send.disabled = over > 0 || isEmpty;
    send.hidden = isEmpty || voice.isBusy;
    mic.hidden = !isEmpty || voice.isBusy;
  }
  function typed() {
    say("");
    typedAt = text.value.trim() ? Date.now() : 0;
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
    // Somebody may have been faster than this script.
    const early = text.value === kept.draft ? "" : text.value;
    text.value = [kept.draft, early].filter(Boolean).join("\n");
    typed();
    typedAt = 0;
    for (const line of kept.unsent()) await restore(line);
    available(setup.open, setup.away);
    show.toEnd();
    flush();
    schedule(0);
  }
  async function restore(line) {
    const blob = line.file ? (await blobs.get(line.key)) || null : null;
    show.unsent(drawn(line, blob), line.failed ? "failed" : "waiting");
  }
  start();
})();
