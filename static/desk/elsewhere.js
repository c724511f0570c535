// A colleague leads the appeal now. What was typed into its composer is still in this browser: it is given back.
"use strict";

(() => {
  const box = document.getElementById("unsent"), kept = `desk:${location.pathname}`;
  const words = box.querySelector("textarea"), copy = box.querySelector("[data-copy]");
  let typed = "";
  try { typed = JSON.parse(localStorage.getItem(kept) ?? "{}").text ?? ""; } catch { /* not ours: nothing to give back */ }
  if (!typed.trim()) return;
  words.value = typed;
  box.hidden = false;

  copy.addEventListener("click", async () => {
    words.select();
    // navigator.clipboard exists only on https and localhost.
    if (navigator.clipboard) await navigator.clipboard.writeText(typed); else document.execCommand("copy");
    copy.textContent = copy.dataset.copied;
  });
  const drop = box.querySelector("[data-drop]");
  drop.addEventListener("click", () => {
    if (!confirm(drop.dataset.confirm)) return;
    localStorage.removeItem(kept);
    box.hidden = true;
  });
})();
