// One conversation: its parts are replaced when they changed, the composer never is, so that typing is safe.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const talk = document.getElementById("talk"), feed = document.getElementById("feed");
  const panel = document.getElementById("panel"), composer = document.getElementById("composer");
  const words = composer.elements.text, note = composer.querySelector(".composer-note");
  const kept = `desk:${location.pathname}`;
  let waitingPanel = null;

  // --- what changes by itself
  function atBottom() { return feed.scrollHeight - feed.scrollTop - feed.clientHeight < 60; }
  function toBottom() { feed.scrollTop = feed.scrollHeight; }
  function panelBusy() { return panel.contains(document.activeElement) && document.activeElement.matches("input, textarea, select"); }

  function showPanel(html) {
    const open = [...panel.querySelectorAll("details")].map((part) => part.open);
    panel.innerHTML = html;
    panel.querySelectorAll("details").forEach((part, i) => { if (open[i]) part.open = true; });
  }

  function show(parts) {
    const follow = atBottom();
    feed.innerHTML = parts.feed;
    document.getElementById("window").innerHTML = parts.window;
    document.getElementById("draft").innerHTML = parts.draft;
    if (panelBusy()) waitingPanel = parts.panel; else showPanel(parts.panel);
    talk.dataset.stamp = parts.stamp;
    if (follow) toBottom();
    Desk.tick();
  }

  async function ask() {
    const query = new URLSearchParams(location.search);
    query.set("stamp", talk.dataset.stamp);
    const answer = await fetch(`${talk.dataset.liveUrl}?${query}`);
    if (answer.redirected) location.reload();
    if (answer.status === 200) show(await answer.json());
    return answer.ok;
  }

  function say(text, bad) { note.textContent = text; note.classList.toggle("is-bad", Boolean(bad)); }
  const refresh = Desk.poll(ask, (answered) => {
    if (!answered) say(talk.dataset.offline, true);
    else if (note.textContent === talk.dataset.offline) say("");
  });

  panel.addEventListener("focusout", () => setTimeout(() => {
    if (waitingPanel !== null && !panelBusy()) { showPanel(waitingPanel); waitingPanel = null; }
  }));

  // --- buttons and small forms
  async function act(url, data, place) {
    const answer = await Desk.post(url, data, talk.dataset);
    if (!answer.ok && answer.error) { if (place) place(answer.error); else say(answer.error, true); }
    else { waitingPanel = null; document.activeElement?.blur?.(); }
    refresh();
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-post]");
    if (!button || (button.dataset.confirm && !confirm(button.dataset.confirm))) return;
    button.disabled = true;
    act(button.dataset.post);
  });

  document.addEventListener("submit", (event) => {
    const form = event.target.closest("form[data-form]");
    if (!form) return;
    event.preventDefault();
    const data = new FormData(form, event.submitter);
    act(form.action, data, (error) => {
      let place = form.querySelector(".form-error");
      if (!place) { place = document.createElement("p"); place.className = "form-error"; place.role = "alert"; form.append(place); }
      place.textContent = error;
    });
  });

  panel.addEventListener("change", (event) => {
    const choice = event.target.closest("[data-needs-reason]");
    if (choice) choice.form.querySelector(".panel-reason").hidden = choice.value !== choice.dataset.needsReason;
  });

  // --- the composer: what is typed is kept until the server has it, and one form is one message
  function draftText() { return document.querySelector("#draft template")?.content.textContent ?? ""; }
  function draftId() { return document.querySelector("#draft [data-draft]")?.dataset.draft ?? ""; }

  async function send() {
    if (!words.value.trim()) { words.focus(); return; }
    const button = composer.querySelector("button[type=submit]");
    button.disabled = true;
    say(talk.dataset.sending);
    const answer = await Desk.post(composer.action, new FormData(composer), talk.dataset);
    button.disabled = false;
    if (answer.ok) {
      words.value = ""; composer.elements.draft.value = ""; composer.elements.key.value = crypto.randomUUID ? crypto.randomUUID() : uuid();
      localStorage.removeItem(kept);
      say(""); toBottom();
    } else say(`${talk.dataset.failed} ${answer.error}`, true);
    refresh();
  }

  // crypto.randomUUID exists only on https and localhost.
  function uuid() {
    const b = crypto.getRandomValues(new Uint8Array(16));
    b[6] = (b[6] & 15) | 64; b[8] = (b[8] & 63) | 128;
    const hex = [...b].map((x) => x.toString(16).padStart(2, "0")).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  }

  composer.addEventListener("submit", (event) => { event.preventDefault(); send(); });
  words.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); send(); }
  });
  words.addEventListener("input", () => {
    if (words.value) localStorage.setItem(kept, JSON.stringify({text: words.value, draft: composer.elements.draft.value}));
    else localStorage.removeItem(kept);
  });
  document.getElementById("draft").addEventListener("click", (event) => {
    const edit = event.target.closest("[data-draft-edit]"), sendNow = event.target.closest("[data-draft-send]");
    if (!edit && !sendNow) return;
    words.value = draftText(); composer.elements.draft.value = draftId();
    if (sendNow) send(); else words.focus();
  });

  const before = JSON.parse(localStorage.getItem(kept) || "null");
  if (before && !words.disabled) { words.value = before.text; composer.elements.draft.value = before.draft; }
  toBottom();
  Desk.tick();
});
