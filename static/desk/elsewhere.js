// A colleague leads the appeal now. What was typed here, an answer or a note, is still in this browser, and the files
// that were to go with it are on the server, for who attached them alone: both are given back.
"use strict";

(() => {
  const box = document.getElementById("unsent"), kept = [`desk:${location.pathname}`, `desk:note:${location.pathname}`];
  const words = box.querySelector("textarea"), copy = box.querySelector("[data-copy]"), drop = box.querySelector("[data-drop]");
  const place = document.getElementById("unsent-files");

  const all = kept.map((name) => Desk.kept.read(name) ?? {}), files = all.flatMap(({files}) => files ?? []);
  const typed = all.map(({text}) => text ?? "").filter((text) => text.trim()).join("\n\n");
  if (!typed && !files.length) return;
  words.value = typed;
  words.hidden = copy.hidden = !typed;
  place.hidden = !files.length;
  place.querySelector("ul").replaceChildren(...files.map(({name, url}) => {
    const line = document.createElement("li"), link = document.createElement("a");
    Object.assign(link, {href: url, download: name, textContent: name});
    line.append(link);
    return line;
  }));
  box.hidden = false;

  copy.addEventListener("click", async () => {
    words.select();
    // navigator.clipboard exists only on https and localhost.
    if (navigator.clipboard) await navigator.clipboard.writeText(typed); else document.execCommand("copy");
    copy.textContent = copy.dataset.copied;
  });
  drop.addEventListener("click", async () => {
    if (!confirm(drop.dataset.confirm)) return;
    for (const name of kept) Desk.kept.write(name, null);
    box.hidden = true;
    // One whose removal does not arrive is swept away with its time.
    for (const {id} of files) await Desk.post(box.dataset.removeUrl.replace("/0/", `/${id}/`), null, {});
  });
})();
