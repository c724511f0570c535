// A colleague leads the appeal now. What was typed here, an answer or a note, is still in this browser: it is given
// back, to be copied.
"use strict";

(() => {
  const box = document.getElementById("unsent"), kept = [`desk:${location.pathname}`, `desk:note:${location.pathname}`];
  const words = box.querySelector("textarea"), copy = box.querySelector("[data-copy]"), drop = box.querySelector("[data-drop]");

  function typedIn(name) {
    try { return JSON.parse(localStorage.getItem(name) ?? "{}").text ?? ""; } catch { return ""; }
  }
  const typed = kept.map(typedIn).filter((text) => text.trim()).join("\n\n");
  if (!typed) return;
  words.value = typed;
  box.hidden = false;

  copy.addEventListener("click", async () => {
    words.select();
    // navigator.clipboard exists only on https and localhost.
    if (navigator.clipboard) await navigator.clipboard.writeText(typed); else document.execCommand("copy");
    copy.textContent = copy.dataset.copied;
  });
  drop.addEventListener("click", () => {
    if (!confirm(drop.dataset.confirm)) return;
    for (const name of kept) localStorage.removeItem(name);
    box.hidden = true;
  });
})();
