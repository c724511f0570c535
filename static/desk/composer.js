// The composer: what is typed is kept until the server has it, and one form is one message.
//
// The other files of the page hang on to it. By events on the form: `sending` (detail: {data, isTyped}; the
// data about to go, to add to; preventDefault holds it back), `sent`, `refused` (detail: the server's answer),
// `keeping` (detail: what is kept in this browser, to add to) and `restoring` (detail: what was kept, or what
// was taken back from the server). By Composer.before(ask): `ask` is awaited before what is typed goes, and
// gives the reason why it can't go, if there is one. Composer.holds(ask): whether something but words is there.
"use strict";

const Composer = (() => {
  const form = document.getElementById("composer"), draft = document.getElementById("draft"), {root, say} = Talk;
  const submit = form.querySelector("button[type=submit]"), words = form.elements.text;
  const left = form.querySelector(".composer-left"), limit = Number(words.dataset.limit) || Infinity;
  const kept = `desk:${location.pathname}`, TYPING = 3000;
  const askedBefore = [], holders = [];
  let isSending = false, typedAt = -TYPING;

  function newKey() { form.elements.key.value = Desk.newKey(); }
  function count(text) { return [...text].length; }
  function tell(name, detail) { return form.dispatchEvent(new CustomEvent(name, {detail, cancelable: true})); }
  function holdsMore() { return holders.some((ask) => ask()); }

  function keep() {
    const what = {text: words.value, draft: form.elements.draft.value, key: form.elements.key.value};
    tell("keeping", what);
    Desk.kept.write(kept, what.text || holdsMore() ? what : null);
    const room = limit - count(words.value);
    const isNear = Number.isFinite(limit) && room <= limit / 10;  // a service that splits has no limit to come near
    left.textContent = room < 0 ? root.dataset.tooLong.replace("{n}", -room) : isNear ? root.dataset.left.replace("{n}", room) : "";
    left.classList.toggle("is-bad", room < 0);
  }

  // Puts words into the box as if they were typed; `used` is the draft that they come from.
  function put(text, used = "") {
    words.value = text; form.elements.draft.value = used;
    keep(); words.focus();
  }

  // What was taken back comes before what has been typed since.
  function give(content) {
    const typed = words.value;
    words.value = [content.text, typed].filter((text) => text.trim()).join("\n");
    if (content.draft && !typed.trim()) form.elements.draft.value = content.draft;
    tell("restoring", content);
    newKey(); keep(); words.focus();
  }

  async function refusal() {
    for (const ask of askedBefore) { const reason = await ask(); if (reason) return reason; }
    return "";
  }

  async function send(text, used, button, more = {}) {
    if (isSending) return;
    const isTyped = button === submit;
    if (!text.trim() && !(isTyped && holdsMore())) { words.focus(); return; }
    if (count(text.trim()) > limit) { say(root.dataset.tooLong.replace("{n}", count(text.trim()) - limit), true); return; }
    isSending = true;
    button.disabled = true;
    const reason = isTyped ? await refusal() : "";
    const data = new FormData(form);
    data.set("text", text); data.set("draft", used); data.set("seen", Talk.seen());
    for (const [name, value] of Object.entries(more)) data.set(name, value);
    if (reason || !tell("sending", {data, isTyped})) {
      isSending = button.disabled = false;
      if (reason) say(reason, true);
      return;
    }
    say(root.dataset.sending);
    const answer = await Talk.act(button, form.action, data);
    isSending = false;
    if (answer.ok || answer.code === "sent_before") newKey();
    if (!answer.ok) {
      keep(); say(`${root.dataset.failed} ${answer.error}`, true);
      tell("refused", answer);
      Talk.tell("refused", {answer, again: (known) => send(isTyped ? words.value : text, used, button, known)});
      return;
    }
    typedAt = -TYPING;
    // What was typed while it was on its way stays.
    if (words.value.startsWith(text)) { words.value = words.value.slice(text.length).trimStart(); form.elements.draft.value = ""; }
    tell("sent", {isTyped});
    keep(); say(""); Talk.toBottom();
  }

  // The client may write again, or have been silent too long, while the page is open.
  root.addEventListener("desk:shown", () => {
    const closed = Boolean(document.querySelector("#window [data-closed]"));
    for (const part of [words, submit, form.elements.file]) if (part && !isSending) part.disabled = closed;
  });
  function isTyping() { return performance.now() - typedAt < TYPING; }
  Talk.whileBusy(isTyping);
  root.addEventListener("desk:asking", (event) => { if ("tellsTyping" in root.dataset && isTyping()) event.detail.set("typing", "1"); });

  form.addEventListener("submit", (event) => { event.preventDefault(); send(words.value, form.elements.draft.value, submit); });
  words.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); form.requestSubmit(); }
  });
  words.addEventListener("input", () => { keep(); typedAt = words.value.trim() ? performance.now() : -TYPING; });

  function draftText() { return draft.querySelector("template")?.content.textContent ?? ""; }
  function draftId() { return draft.querySelector("[data-draft]")?.dataset.draft ?? ""; }
  draft.addEventListener("click", (event) => {
    const sendNow = event.target.closest("[data-draft-send]");
    if (sendNow) { send(draftText(), draftId(), sendNow); return; }
    if (!event.target.closest("[data-draft-edit]")) return;
    if (words.value.trim() && words.value !== draftText() && !confirm(root.dataset.replace)) return;
    put(draftText(), draftId());
  });

  // The key is kept with the words: sent already, but unheard of before a reload, they are still one message.
  document.addEventListener("DOMContentLoaded", () => {
    const before = Desk.kept.read(kept);
    if (!before || words.disabled) return;
    words.value = before.text; form.elements.draft.value = before.draft;
    if (before.key) form.elements.key.value = before.key;
    tell("restoring", before);
    keep();
  });
  return {
    before: (ask) => askedBefore.push(ask), holds: (ask) => holders.push(ask),
    form, give, keep, put, submit, words,
  };
})();
