// The desk without a mouse. Keys are those of the place on the keyboard, so that the Russian layout has them too.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const dialog = document.getElementById("keys"), talk = document.getElementById("talk");
  const VIEWS = {KeyI: "all", KeyW: "waiting", KeyM: "mine", KeyF: "free", KeyS: "snoozed"};
  // How long after «g» the letter of a view is waited for; and where the list's order is kept for its conversations.
  const CHORD = 1500, ORDER = "desk:order";
  let chordAt = -CHORD;

  // By the letter where it is a Latin one (a French keyboard has it elsewhere), else by the place.
  function keyOf(event) { return /^[a-z]$/i.test(event.key) ? `Key${event.key.toUpperCase()}` : event.code; }
  function isField(part) { return part instanceof HTMLElement && (part.isContentEditable || part.matches("input:not([type=button], [type=submit], [type=checkbox]), textarea, select")); }
  function isSeen(part) { return part && !part.disabled && part.getClientRects().length > 0; }

  // --- the list
  function rows() { return [...document.querySelectorAll(".desk-row")]; }
  function step(by) {
    const all = rows(), now = all.indexOf(document.activeElement?.closest?.(".desk-row"));
    const next = all[now < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, now + by))];
    next?.focus();
    next?.scrollIntoView({block: "nearest"});
  }
  function keepOrder() {
    if (talk || !rows().length) return;
    const order = rows().map((row) => row.getAttribute("href").split(/[?#]/)[0]);
    sessionStorage.setItem(ORDER, JSON.stringify({order, list: location.pathname + location.search}));
  }
  addEventListener("pagehide", keepOrder);

  // --- a conversation
  function order() {
    try { return JSON.parse(sessionStorage.getItem(ORDER)) ?? {order: [], list: dialog.dataset.list}; } catch { return {order: [], list: dialog.dataset.list}; }
  }
  function walk(by) {
    const {order: all} = order(), now = all.indexOf(location.pathname), next = all[now + by];
    if (now >= 0 && next) location.assign(next);
  }
  function press(key) {
    const part = [...document.querySelectorAll(`[data-hotkey="${key}"]`)].find(isSeen);
    if (!part) return false;
    if (!part.matches("details")) { part.click(); return true; }
    part.open = true;
    part.scrollIntoView({block: "nearest"});
    [...part.querySelectorAll("select, input, textarea")].find(isSeen)?.focus();
    return true;
  }
  function answer() {
    talk.dispatchEvent(new Event("desk:answer"));
    document.querySelector("#composer textarea")?.focus();
  }

  function inConversation(key) {
    switch (key) {
      case "KeyJ": walk(1); return true;
      case "KeyK": walk(-1); return true;
      case "KeyU": location.assign(order().list); return true;
      case "KeyR": answer(); return true;
      case "Slash": answer(); return press(key);
      default: return press(key);
    }
  }
  function inList(key) {
    switch (key) {
      case "KeyJ": step(1); return true;
      case "KeyK": step(-1); return true;
      case "Slash": document.querySelector(".desk-search input[type=search]")?.focus(); return true;
      default: return press(key);
    }
  }

  // What cannot be done here and now is not listed.
  function list() {
    for (const part of dialog.querySelectorAll("[data-for]")) part.hidden = ![...document.querySelectorAll(`[data-hotkey="${part.dataset.for}"]`)].some(isSeen);
    dialog.showModal();
  }

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (isField(event.target)) { if (event.key === "Escape") event.target.blur(); return; }
    if (document.querySelector("dialog[open]")) return;
    const key = keyOf(event), isChord = performance.now() - chordAt < CHORD;
    chordAt = -CHORD;
    if (event.key === "?" || (event.shiftKey && event.code === "Slash")) { event.preventDefault(); list(); return; }
    if (event.shiftKey || event.repeat && key !== "KeyJ" && key !== "KeyK") return;
    if (isChord && key === "KeyN") { event.preventDefault(); location.assign(dialog.dataset.mentions); return; }
    if (isChord && VIEWS[key]) { event.preventDefault(); location.assign(`${dialog.dataset.list}?view=${VIEWS[key]}`); return; }
    if (key === "KeyG") { chordAt = performance.now(); return; }
    if ((talk ? inConversation : inList)(key)) event.preventDefault();
  });
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
});
