// Canned replies: «/» at the start of a word opens them, filled for this client before one's eyes.
"use strict";

(() => {
  const {form, words} = Composer, box = document.getElementById("canned"), says = box.dataset;
  const list = box.querySelector("[role=listbox]"), preview = box.querySelector(".canned-preview"), empty = box.querySelector(".canned-empty");
  const SHOWN = 50;
  let known = null, found = [], chosen = 0, range = null, dismissed = -1;

  // --- what there is
  async function load() {
    try {
      const answer = await Desk.look(says.url);
      if (!answer) return;
      known = await answer.json();
      for (const reply of known.replies) {
        reply.text = reply.parts.map((part) => part.as ?? part).join("");
        reply.names = `${reply.shortcut} ${reply.title} ${reply.folder}`.toLocaleLowerCase();
        reply.words = reply.text.toLocaleLowerCase();
      }
    } catch { Talk.say(Talk.root.dataset.offline, true); }
    if (range) render();
  }

  // The nearer the shortcut, the higher; among equals the server's order, which is by use.
  function rank(reply, query) {
    const shortcut = reply.shortcut.toLocaleLowerCase();
    if (shortcut.startsWith(query)) return shortcut === query ? 0 : 1;
    if (reply.names.includes(query)) return 2;
    return reply.words.includes(query) ? 3 : -1;
  }
  function search(query) {
    const ranked = known.replies.map((reply) => [rank(reply, query), reply]).filter(([place]) => place >= 0);
    return ranked.sort((one, other) => one[0] - other[0]).slice(0, SHOWN).map(([, reply]) => reply);
  }

  function valueOf(part) { return known.values[part.gap] || part.or || ""; }
  function missing(reply) { return reply.parts.filter((part) => part.gap && !("or" in part) && !known.values[part.gap]); }

  // --- what is shown
  function render() {
    const query = words.value.slice(range.start + 1, range.end).toLocaleLowerCase();
    found = known ? search(query) : [];
    chosen = Math.max(0, Math.min(chosen, found.length - 1));
    box.hidden = false;
    empty.hidden = found.length > 0;
    empty.firstElementChild.textContent = !known ? says.loading : known.replies.length ? says.nothing : says.none;
    list.replaceChildren(...found.map((reply, i) => {
      const option = document.createElement("li"), shortcut = document.createElement("code"), title = document.createElement("bdi");
      option.id = `canned-${reply.id}`; option.role = "option"; option.dataset.at = i;
      option.setAttribute("aria-selected", i === chosen);
      shortcut.textContent = `/${reply.shortcut}`; title.textContent = reply.title;
      option.append(shortcut, " ", title);
      if (reply.folder || reply.mine) { const note = document.createElement("small"); note.textContent = [reply.folder, reply.mine && says.mine].filter(Boolean).join(" · "); option.append(" ", note); }
      return option;
    }));
    words.setAttribute("aria-expanded", "true");
    mark();
  }

  function mark() {
    [...list.children].forEach((option, i) => option.setAttribute("aria-selected", i === chosen));
    const option = list.children[chosen], reply = found[chosen];
    option?.scrollIntoView({block: "nearest"});
    words.setAttribute("aria-activedescendant", option?.id ?? "");
    preview.hidden = !reply;
    if (!reply) return;
    const body = document.createElement("div");
    body.dir = "auto";
    for (const part of reply.parts) {
      if (!part.gap) { body.append(part); continue; }
      // A phone that is not for this reader stands in the text as a gap, and is filled when the answer goes.
      const value = known.shown[part.gap] || valueOf(part);
      if (value || "or" in part) { body.append(value); continue; }
      const gap = document.createElement("mark");
      gap.textContent = `[${known.titles[part.gap]}?]`;
      body.append(gap);
    }
    const lacks = document.createElement("p");
    lacks.className = "canned-lacks";
    lacks.textContent = missing(reply).length ? says.lacks : "";
    preview.replaceChildren(body, lacks);
  }

  function close() {
    range = null; box.hidden = true;
    words.removeAttribute("aria-activedescendant"); words.setAttribute("aria-expanded", "false");
  }

  // --- what opens it: a slash where a word begins, and what is typed after it
  function look() {
    const end = words.selectionStart, before = words.value.slice(0, end).match(/(?:^|\s)\/([^\s/]*)$/u);
    const start = before ? end - before[1].length - 1 : -1;
    if (!before || words.selectionEnd !== end) { dismissed = -1; if (range) close(); return; }
    if (start === dismissed) return;
    const isNew = range?.start !== start;
    range = {start, end};
    if (isNew) { chosen = 0; load(); }
    render();
  }
  words.addEventListener("input", () => { chosen = 0; look(); });
  words.addEventListener("click", look);
  words.addEventListener("blur", () => setTimeout(() => { if (document.activeElement !== words) close(); }, 150));

  document.getElementById("canned-open").addEventListener("click", () => {
    words.focus();
    const at = words.selectionStart, glue = at && !/\s/u.test(words.value[at - 1]) ? " /" : "/";
    words.setRangeText(glue, at, words.selectionEnd, "end");
    dismissed = -1;
    words.dispatchEvent(new Event("input", {bubbles: true}));
  });

  // --- what is put in: filled, and where something is missing that comes to be typed over first
  function insert(reply) {
    const text = reply.parts.map((part) => part.gap ? valueOf(part) || ("or" in part ? "" : part.as) : part).join("");
    const {start, end} = range, gap = missing(reply)[0];
    close();
    words.setRangeText(text, start, end, "end");
    if (gap) { const at = start + text.indexOf(gap.as); words.setSelectionRange(at, at + gap.as.length); }
    words.focus();
    Composer.keep();
    Desk.post(says.usedUrl.replace("/0/", `/${reply.id}/`), null, Talk.root.dataset);
  }

  list.addEventListener("mousedown", (event) => event.preventDefault()); // the caret stays where it is
  list.addEventListener("click", (event) => { const option = event.target.closest("li"); if (option) insert(found[option.dataset.at]); });
  list.addEventListener("mousemove", (event) => {
    const option = event.target.closest("li");
    if (option && Number(option.dataset.at) !== chosen) { chosen = Number(option.dataset.at); mark(); }
  });

  // Captured: while the list is open its keys are its own.
  words.addEventListener("keydown", (event) => {
    if (!range) return;
    const step = {ArrowDown: 1, ArrowUp: -1}[event.key];
    if (step && found.length) { chosen = (chosen + step + found.length) % found.length; mark(); }
    else if (["Enter", "Tab"].includes(event.key) && !event.ctrlKey && !event.metaKey && !event.shiftKey && found.length) insert(found[chosen]);
    else if (event.key === "Escape") { dismissed = range.start; close(); }
    else return;
    event.preventDefault(); event.stopImmediatePropagation();
  }, {capture: true});
  form.addEventListener("sent", close);
})();
