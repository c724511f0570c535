/* What is seen. Text goes in as text: nothing a person wrote is ever read as HTML. */
"use strict";

Chat.show = function (setup, on) {
  const log = document.getElementById("log");
  const newer = document.getElementById("newer");
  const banner = document.getElementById("banner");
  const words = setup.words;
  const hours = new Intl.DateTimeFormat(setup.language, { hour: "2-digit", minute: "2-digit" });
  const days = new Intl.DateTimeFormat(setup.language, { day: "numeric", month: "long", year: "numeric" });
  const types = document.getElementById("types");
  const files = Chat.file(setup, { grown: () => { if (wasAtEnd) toEnd(); } });
  const choices = Chat.choose(log, setup, { press: on.press });
  const byId = new Map();
  const byKey = new Map();
  let readUpTo = 0;
  let wasAtEnd = true;

  const atEnd = () => log.scrollHeight - log.scrollTop - log.clientHeight < 60;
  const toEnd = () => { log.scrollTop = log.scrollHeight; newer.hidden = true; };

  function element(tag, className, text) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text) made.textContent = text;
    return made;
  }

  function withLinks(parent, text) {
    let rest = 0;
    for (const match of text.matchAll(/(?:https?:\/\/|www\.)[^\s<>"«»]+/gi)) {
      const address = match[0].replace(/[.,!?;:…'")\]}]+$/, "");
      let url;
      try {
        url = new URL(/^www\./i.test(address) ? "https://" + address : address);
      } catch (broken) {
        continue;
      }
      parent.append(text.slice(rest, match.index));
      const link = element("a", "", address);
      link.href = url.href;
      link.target = "_blank";
      link.rel = "noopener noreferrer nofollow";
      parent.append(link);
      rest = match.index + address.length;
    }
    parent.append(text.slice(rest));
    return parent;
  }

  function dayOf(at) {
    const today = new Date();
    const yesterday = new Date(today.getFullYear(), today.getMonth(), today.getDate() - 1);
    if (at.toDateString() === today.toDateString()) return words.today;
    if (at.toDateString() === yesterday.toDateString()) return words.yesterday;
    return days.format(at);
  }

  /* Days stand where the date of the line above differs. Cheap enough to be done anew for every change. */
  function separate() {
    log.querySelectorAll(".day").forEach((day) => day.remove());
    let last = "";
    for (const row of log.querySelectorAll(".line[data-at]")) {
      const day = dayOf(new Date(row.dataset.at));
      if (day !== last) row.before(element("div", "day", day));
      last = day;
    }
  }

  function place(row) {
    const id = Number(row.dataset.id || Infinity);
    const after = [...log.querySelectorAll(".line")].find((other) => {
      if (other === row || !other.dataset.at) return false;
      return Number(other.dataset.id || Infinity) > id;
    });
    if (after) after.before(row); else log.append(row);
  }

  function build(mine, line) {
    const row = element("div", "line new" + (mine ? " mine" : ""));
    const bubble = element("div", "bubble");
    bubble.append(element("span", "unseen", (mine ? words.you : words.us) + ": "));
    if (line.file) bubble.append(files.draw(line.file));
    if (line.text) bubble.append(withLinks(element("div", "words"), line.text));
    const below = element("div", "about");
    below.setAttribute("aria-live", "off");  // «sending», «sent» are not read aloud
    row.append(bubble, ...(line.buttons ? [choices.draw(line.buttons)] : []), below);
    return row;
  }

  function ticks(row, state) {
    if (state) return [element("span", "state", words[state])];
    const isRead = Number(row.dataset.id) <= readUpTo;
    const mark = element("span", isRead ? "ticks read" : "ticks", isRead ? "✓✓" : "✓");
    mark.setAttribute("aria-hidden", "true");
    mark.title = isRead ? words.read : words.sent;
    return [mark, element("span", "unseen", mark.title)];
  }

  /* `state`: "" for what is stored, else sending, waiting, failed. */
  function about(row, state, reason) {
    row.classList.toggle("waiting", state === "sending" || state === "waiting");
    row.classList.toggle("failed", state === "failed");
    const line = row.querySelector(".about");
    const time = element("time", "", hours.format(new Date(row.dataset.at)));
    time.dateTime = row.dataset.at;
    line.replaceChildren(time, ...(row.classList.contains("mine") ? ticks(row, state) : []));
    if (state !== "failed") return;
    if (typeof reason === "string") line.append(element("span", "", reason));
    for (const [word, act] of [[words.retry, on.retry], [words.edit, on.edit]]) {
      const button = element("button", "", word);
      button.type = "button";
      button.addEventListener("click", () => act(row.dataset.key));
      line.append(button);
    }
  }

  function settled(change) {
    const follow = atEnd();
    const added = change();
    separate();
    choices.settle();
    if (follow) toEnd();
    else if (added) newer.hidden = false;
  }

  log.addEventListener("scroll", () => { if (atEnd()) { newer.hidden = true; on.scrolledToEnd(); } });
  newer.addEventListener("click", () => { toEnd(); log.focus(); });
  // A phone's keyboard makes the log smaller: stay at the end if we were there.
  log.addEventListener("scroll", () => { wasAtEnd = atEnd(); });
  new ResizeObserver(() => { if (wasAtEnd) toEnd(); }).observe(log);

  return {
    atEnd,
    toEnd,
    greet(text) {
      const row = build(false, { text });
      row.classList.remove("new");
      log.append(row);
    },
    note(text) { settled(() => { log.append(element("div", "note", text)); return true; }); },
    /* A line as the server has it. Returns whether it is new to this page and not the visitor's own. */
    stored(line) {
      let row = byId.get(line.id) || (line.key && byKey.get(line.key));
      const fresh = !row;
      settled(() => {
        if (row && line.file) files.settle(row, line.file);
        row = row || build(line.mine, line);
        row.dataset.id = line.id;
        row.dataset.at = line.at;
        byId.set(line.id, row);
        if (line.key) { byKey.set(line.key, row); row.dataset.key = line.key; }
        about(row, "", "");
        place(row);
        return fresh && !line.mine;
      });
      return fresh && !line.mine;
    },
    /* Of the visitor's own lines: how far somebody on our side has read. */
    readTo(id) {
      if (id <= readUpTo) return;
      readUpTo = id;
      for (const row of log.querySelectorAll(".line.mine[data-id]")) if (Number(row.dataset.id) <= id && !row.querySelector(".read")) about(row, "", "");
    },
    typing(isTyping) { if (types.hidden === isTyping) settled(() => { types.hidden = !isTyping; return false; }); },
    progress(key, part) {
      const place = byKey.get(key) && byKey.get(key).querySelector(".state");
      if (place) place.textContent = words.sending + " " + Math.round(part * 100) + " %";
    },
    unsent(line, state) {
      let row = byKey.get(line.key);
      if (row && row.dataset.id) return;
      settled(() => {
        const fresh = !row;
        row = row || build(true, line);
        row.dataset.key = line.key;
        row.dataset.at = new Date(line.at).toISOString();
        byKey.set(line.key, row);
        about(row, state, line.failed);
        if (fresh) place(row);
        return false;
      });
    },
    remove(key) {
      const row = byKey.get(key);
      if (row) row.remove();
      byKey.delete(key);
      separate();
      choices.settle();
    },
    banner(text) { banner.textContent = text; banner.hidden = !text; },
    title(unread) { document.title = (unread ? "(" + unread + ") " : "") + setup.title; },
  };
};
