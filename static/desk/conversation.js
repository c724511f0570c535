// One conversation: what changed in it is brought up to date, the composer never is, so that typing is safe.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const talk = document.getElementById("talk"), feed = document.getElementById("feed");
  const strips = document.getElementById("window"), draft = document.getElementById("draft");
  const panel = document.getElementById("panel"), composer = document.getElementById("composer");
  const submit = composer.querySelector("button[type=submit]"), words = composer.elements.text, note = composer.querySelector(".composer-note");
  const left = composer.querySelector(".composer-left"), limit = Number(words.dataset.limit) || Infinity;
  const kept = `desk:${location.pathname}`;
  let waitingPanel = null, isSending = false;

  // --- what changes by itself
  function atBottom() { return feed.scrollHeight - feed.scrollTop - feed.clientHeight < 60; }
  function toBottom() { feed.scrollTop = feed.scrollHeight; }
  function panelBusy() { return panel.contains(document.activeElement) && document.activeElement.matches("input, textarea, select"); }

  // A field as the server gave it, and as it is.
  function given(field) { return field.matches("select") ? [...field.options].find((one) => one.defaultSelected)?.value : field.defaultValue; }
  function isTyped(field) { return Boolean(field.name) && field.value !== given(field); }
  function nameOf(field) { return `${field.form.getAttribute("action")} ${field.name}`; }
  function fields() { return [...panel.querySelectorAll("input, select, textarea")]; }

  function showPanel(html) {
    const open = new Set([...panel.querySelectorAll("details[open]")].map((part) => part.dataset.key));
    const typed = new Map(fields().filter(isTyped).map((field) => [nameOf(field), field.value]));
    panel.innerHTML = html;
    panel.querySelectorAll("details").forEach((part) => { part.open = open.has(part.dataset.key); });
    for (const field of fields()) if (typed.has(nameOf(field))) field.value = typed.get(nameOf(field));
    askReasons();
  }

  // Typing is told both ways by the looks that are made anyway.
  const TYPING = 3000, types = document.getElementById("client-types");
  let typedAt = -TYPING, renderedUnseen = false;
  function isTyping() { return "tellsTyping" in talk.dataset && performance.now() - typedAt < TYPING; }
  function showTyping(clientTypes) { const follow = atBottom(); types.hidden = !clientTypes; if (follow) toBottom(); }

  function show(parts) {
    showTyping(parts.client_types);
    if (!parts.stamp) return;
    const follow = atBottom();
    Desk.patch(feed, parts.feed);
    Desk.patch(strips, parts.window);
    Desk.patch(draft, parts.draft);
    openOrClose();
    if (panelBusy()) waitingPanel = parts.panel; else showPanel(parts.panel);
    Object.assign(talk.dataset, {stamp: parts.stamp, at: parts.at, pass: parts.pass});
    if (follow) toBottom();
    Desk.tick();
    tellSeen();
  }

  // The client may write again, or have been silent too long, while the page is open.
  function openOrClose() {
    const closed = Boolean(strips.querySelector("[data-closed]"));
    for (const part of [words, submit, composer.elements.file]) if (part && !isSending) part.disabled = closed;
  }

  async function ask() {
    const query = new URLSearchParams(location.search);
    // What was brought while nobody looked is asked for again, so that the client learns it was seen.
    query.set("stamp", renderedUnseen && !document.hidden ? "" : talk.dataset.stamp);
    if (!document.hidden) query.set("looking", "1");
    if (!types.hidden) query.set("client_types", "1");
    if (isTyping()) query.set("typing", "1");
    talk.dispatchEvent(new CustomEvent("desk:ask", {detail: query}));
    const wasHidden = document.hidden;
    const answer = await Desk.look(`${talk.dataset.liveUrl}?${query}`);
    if (!answer) return;
    const parts = await answer.json();
    talk.dispatchEvent(new CustomEvent("desk:told", {detail: parts}));
    if (parts.stamp) renderedUnseen = wasHidden;
    show(parts);
  }

  function say(text, bad) { note.textContent = text; note.classList.toggle("is-bad", Boolean(bad)); }
  const refresh = Desk.watch(talk.dataset.changesUrl, () => talk, ask, {
    of: talk.dataset.of,
    onState: (answered) => {
      if (!answered) say(talk.dataset.offline, true);
      else if (note.textContent === talk.dataset.offline) say("");
    },
    // Typing is told, and ends, with a look; what was brought while nobody looked is asked for again.
    // A look is also a sign that somebody is here.
    full: 10000,
    busy: () => !types.hidden || performance.now() - typedAt < TYPING || Boolean(talk.querySelector("#here")?.dataset.token.includes("w")) || (renderedUnseen && !document.hidden),
  });

  panel.addEventListener("focusout", () => setTimeout(() => {
    if (waitingPanel !== null && !panelBusy()) { showPanel(waitingPanel); waitingPanel = null; }
  }));

  // --- buttons and small forms; a button is dead while its work is done, so that twice is once
  async function act(button, url, data, time) {
    button.disabled = true;
    const answer = await Desk.post(url, data, talk.dataset, time);
    button.disabled = false;
    if (answer.ok) waitingPanel = null;
    refresh();
    return answer;
  }

  // The newest message before the operator's eyes.
  function seen() { return [...feed.querySelectorAll("[data-message]")].reduce((most, part) => Math.max(most, Number(part.dataset.message)), 0); }

  // What was on a screen somebody looks at, and only what is new since: the client may be shown that.
  let told = 0;
  async function tellSeen() {
    const now = seen();
    if (!talk.dataset.seenUrl || document.hidden || now <= told) return;
    const data = new FormData();
    data.set("seen", now);
    const before = told;
    told = now;
    if (!(await Desk.post(talk.dataset.seenUrl, data, talk.dataset)).ok) told = before;
  }
  document.addEventListener("visibilitychange", tellSeen);

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-post]");
    if (!button || (button.dataset.confirm && !confirm(button.dataset.confirm))) return;
    const data = new FormData();
    data.set("seen", seen());
    const answer = await act(button, button.dataset.post, data);
    if (!answer.ok) say(answer.error, true);
  });

  document.addEventListener("submit", async (event) => {
    const form = event.target.closest("form[data-form]");
    if (!form) return;
    event.preventDefault();
    if (event.submitter.disabled) return;
    // What was not typed here is not sent: a colleague may have corrected it meanwhile.
    const data = new FormData(form, event.submitter), status = form.elements.status;
    for (const field of form.elements) if (field.name && field.matches("input, textarea") && !isTyped(field) && !status && !("whole" in form.dataset)) data.delete(field.name);
    form.querySelector(".form-error")?.remove();
    const answer = await act(event.submitter, form.action, data);
    if (answer.ok) { form.reset(); document.activeElement?.blur?.(); return; }
    const place = document.createElement("p");
    place.className = "form-error"; place.role = "alert"; place.textContent = answer.error;
    form.append(place);
  });

  // A refusal of the client's asks for its reason.
  function askReasons() {
    for (const choice of panel.querySelectorAll("[data-needs-reason]"))
      choice.form.querySelector(".panel-reason").hidden = choice.value !== choice.dataset.needsReason;
  }
  panel.addEventListener("change", askReasons);

  // --- the composer: what is typed is kept until the server has it, and one form is one message
  function draftText() { return draft.querySelector("template")?.content.textContent ?? ""; }
  function draftId() { return draft.querySelector("[data-draft]")?.dataset.draft ?? ""; }
  function newKey() { composer.elements.key.value = crypto.randomUUID ? crypto.randomUUID() : uuid(); }
  function count(text) { return [...text].length; }

  function keep() {
    if (words.value) localStorage.setItem(kept, JSON.stringify({text: words.value, draft: composer.elements.draft.value, key: composer.elements.key.value}));
    else localStorage.removeItem(kept);
    const room = limit - count(words.value);
    left.textContent = room < 0 ? talk.dataset.tooLong.replace("{n}", -room) : room <= limit / 10 ? talk.dataset.left.replace("{n}", room) : "";
    left.classList.toggle("is-bad", room < 0);
  }

  async function send(text, used, button, more = {}) {
    if (isSending) return;
    const file = button === submit ? chosen() : null;
    if (!text.trim() && !file) { words.focus(); return; }
    if (count(text.trim()) > limit) { say(talk.dataset.tooLong.replace("{n}", count(text.trim()) - limit), true); return; }
    const data = new FormData(composer);
    data.set("text", text); data.set("draft", used); data.set("seen", seen());
    if (!file) { data.delete("file"); data.delete("voice"); }
    for (const [name, value] of Object.entries(more)) data.set(name, value);
    isSending = true;
    say(talk.dataset.sending);
    const answer = await act(button, composer.action, data, file ? UPLOAD : undefined);
    isSending = false;
    if (answer.ok || answer.code === "sent_before") newKey();
    if (!answer.ok) {
      keep(); say(`${talk.dataset.failed} ${answer.error}`, true);
      talk.dispatchEvent(new CustomEvent("desk:refused", {detail: {answer, again: (known) => send(button === submit ? words.value : text, used, button, known)}}));
      return;
    }
    composer.dispatchEvent(new Event("sent"));
    typedAt = -TYPING;
    // What was typed while it was on its way stays.
    if (words.value.startsWith(text)) { words.value = words.value.slice(text.length).trimStart(); composer.elements.draft.value = ""; }
    if (file && chosen() === file) choose(null);
    keep(); say(""); toBottom();
  }

  // --- a file: chosen, dropped onto the conversation or pasted; it goes with the words under it
  const UPLOAD = 180000, picker = composer.elements.file, shown = composer.querySelector(".composer-file");
  function chosen() { return picker?.files[0] ?? null; }
  function choose(file, isVoice = false) {
    const box = new DataTransfer();
    if (file) box.items.add(file);
    picker.files = box.files;
    showFile(isVoice);
  }
  function showFile(isVoice) {
    const file = chosen();
    composer.elements.voice.value = file && isVoice ? "1" : "";
    composer.dispatchEvent(new CustomEvent("chosen", {detail: isVoice ? file : null}));
    shown.hidden = !file;
    shown.querySelector("bdi").textContent = file ? `${isVoice ? document.getElementById("record").dataset.label : file.name} · ${Math.max(1, Math.round(file.size / 1024))} ${talk.dataset.kb}` : "";
  }
  if (picker) {
    picker.addEventListener("change", () => showFile(false));
    composer.addEventListener("recorded", (event) => choose(event.detail, true));
    shown.querySelector("[data-file-off]").addEventListener("click", () => { choose(null); words.focus(); });
    words.addEventListener("paste", (event) => {
      const file = event.clipboardData.files[0];
      if (file && !picker.disabled) { event.preventDefault(); choose(file); }
    });
    talk.addEventListener("dragover", (event) => { if (event.dataTransfer.types.includes("Files")) event.preventDefault(); });
    talk.addEventListener("drop", (event) => {
      const file = event.dataTransfer.files[0];
      if (file && !picker.disabled) { event.preventDefault(); choose(file); }
    });
  }

  // crypto.randomUUID exists only on https and localhost.
  function uuid() {
    const b = crypto.getRandomValues(new Uint8Array(16));
    b[6] = (b[6] & 15) | 64; b[8] = (b[8] & 63) | 128;
    const hex = [...b].map((x) => x.toString(16).padStart(2, "0")).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  }

  function sendTyped() { send(words.value, composer.elements.draft.value, submit); }
  composer.addEventListener("submit", (event) => { event.preventDefault(); sendTyped(); });
  words.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); composer.requestSubmit(); }
  });
  words.addEventListener("input", () => { keep(); typedAt = words.value.trim() ? performance.now() : -TYPING; });
  draft.addEventListener("click", (event) => {
    const sendNow = event.target.closest("[data-draft-send]");
    if (sendNow) { send(draftText(), draftId(), sendNow); return; }
    if (!event.target.closest("[data-draft-edit]")) return;
    if (words.value.trim() && words.value !== draftText() && !confirm(talk.dataset.replace)) return;
    words.value = draftText(); composer.elements.draft.value = draftId();
    keep(); words.focus();
  });

  // The key is kept with the words: sent already, but unheard of before a reload, they are still one message.
  const before = JSON.parse(localStorage.getItem(kept) || "null");
  if (before && !words.disabled) {
    words.value = before.text; composer.elements.draft.value = before.draft;
    if (before.key) composer.elements.key.value = before.key;
    keep();
  }
  for (const place of [feed, strips, draft]) Desk.remember(place);
  const target = document.getElementById(location.hash.slice(1));
  if (target && feed.contains(target)) target.scrollIntoView({block: "center"}); else toBottom();
  Desk.tick();
  tellSeen();
  talk.addEventListener("desk:sent", () => { refresh(); toBottom(); });
});
