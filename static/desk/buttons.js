// Buttons under the answer that is being written: they are sent with it, and kept until the server has them.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const composer = document.getElementById("composer"), editor = document.getElementById("reply-buttons");
  if (!editor) return;
  const row = editor.querySelector(".reply-buttons-row"), template = row.querySelector("template"), more = row.querySelector("[data-button-add]");
  const opener = composer.querySelector("[data-buttons-open]"), most = Number(editor.dataset.most), kept = `desk:${location.pathname}:buttons`;

  function fields() { return [...row.querySelectorAll("input")]; }
  function texts() { return fields().map((field) => field.value.trim()).filter(Boolean); }

  function add(text = "", after = null) {
    if (fields().length >= most) return null;
    const made = template.content.firstElementChild.cloneNode(true), field = made.querySelector("input");
    field.value = text.slice(0, field.maxLength);
    if (after) after.closest(".reply-button").after(made); else more.before(made);
    return field;
  }
  function show(texts_) {
    for (const field of fields()) field.closest(".reply-button").remove();
    for (const text of texts_) add(text);
    changed(texts_.length > 0);
  }
  function changed(isOpen = !editor.hidden) {
    editor.hidden = !isOpen;
    opener.setAttribute("aria-expanded", String(isOpen));
    more.hidden = fields().length >= most || texts().length < fields().length;
    Desk.kept.write(kept, texts().length ? texts() : null);
  }
  function remove(field) {
    const at = fields().indexOf(field);
    field.closest(".reply-button").remove();
    const left = fields();
    changed(left.length > 0);
    (left[Math.max(0, at - 1)] ?? composer.elements.text).focus();
  }
  function next(field) {
    const following = fields()[fields().indexOf(field) + 1] ?? (field.value.trim() ? add("", field) : null);
    changed();
    (following ?? composer.elements.text).focus();
  }

  opener.addEventListener("click", () => {
    if (!editor.hidden && !texts().length) { show([]); composer.elements.text.focus(); return; }
    const field = fields().find((one) => !one.value.trim()) ?? add() ?? fields().at(-1);
    changed(true);
    field.focus();
  });
  editor.addEventListener("click", (event) => {
    if (event.target.closest("[data-button-add]")) { const field = add(); changed(); field?.focus(); }
    if (event.target.closest("[data-buttons-off]")) { show([]); composer.elements.text.focus(); }
    const off = event.target.closest("[data-button-off]");
    if (off) remove(off.closest(".reply-button").querySelector("input"));
  });
  row.addEventListener("input", () => changed());
  row.addEventListener("keydown", (event) => {
    if (!event.target.matches("input") || event.isComposing) return;
    if (event.key === "Enter") { event.preventDefault(); if (event.ctrlKey || event.metaKey) composer.requestSubmit(); else next(event.target); }
    if (event.key === "Backspace" && !event.target.value) { event.preventDefault(); remove(event.target); }
  });
  // A list from elsewhere: each of its lines is a button.
  row.addEventListener("paste", (event) => {
    const lines = event.clipboardData.getData("text").split(/\r?\n/).map((line) => line.trim()).filter(Boolean);
    if (lines.length < 2 || event.target.value) return;
    event.preventDefault();
    event.target.value = lines[0].slice(0, event.target.maxLength);
    let last = event.target;
    for (const line of lines.slice(1)) last = add(line, last) ?? last;
    changed();
    last.focus();
  });
  composer.addEventListener("sent", () => show([]));
  // What was taken back comes with its buttons.
  composer.addEventListener("restoring", ({detail}) => { if (detail.extras?.buttons?.length) show(detail.extras.buttons); });
  // Whether anything can be written may change while the page is open.
  const words = composer.elements.text;
  new MutationObserver(() => { opener.disabled = words.disabled; }).observe(words, {attributes: true, attributeFilter: ["disabled"]});

  const before = Desk.kept.read(kept) ?? [];
  if (!words.disabled) show(before);
});
