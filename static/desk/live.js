// What every page of the desk shares: learning for next to nothing what is new, countdowns, and small posts.
"use strict";

const Desk = (() => {
  const BUSY = 700, LAZY = 30000, FULL = 300000, HIDDEN = 5000, ASLEEP = 60000, OFFLINE = 3000, PATIENCE = 20000;
  // Countdowns are told by the server's clock: the operator's may be minutes off.
  const marked = document.querySelector("[data-now]");
  const skew = marked ? new Date(marked.dataset.now) - Date.now() : 0;

  // A laptop that slept has dead connections: none is waited for without end.
  // `signal` ends it sooner, where something overtakes it.
  function patience(time = PATIENCE, signal = undefined) {
    if (!AbortSignal.timeout) return signal;
    return signal && AbortSignal.any ? AbortSignal.any([signal, AbortSignal.timeout(time)]) : signal ?? AbortSignal.timeout(time);
  }

  // Signed out, no longer of this organisation, or gone: the page that says so is the server's.
  function isElsewhere(answer) { return answer.redirected || [401, 403, 404].includes(answer.status); }

  // One look: what the server says now, or null while nothing changed. Throws where it did not answer properly.
  async function look(url, signal) {
    const answer = await fetch(url, {signal: patience(PATIENCE, signal)});
    if (isElsewhere(answer)) { location.reload(); return null; }
    if (!answer.ok) throw new TypeError(`${answer.status}`);
    return answer.status === 200 ? answer : null;
  }

  // Calls `ask` every so often, one call at a time; it fails where the server did not answer.
  function poll(ask, onState, every) {
    async function round() {
      let answered = true;
      try { await ask(); } catch (error) { answered = false; if (!(error instanceof TypeError)) console.error(error); }
      onState(answered);
      setTimeout(round, !answered ? OFFLINE : document.hidden ? Math.max(every, HIDDEN) : every);
    }
    setTimeout(round, every);
  }

  // Asks again and again, for next to nothing, whether anything is new, and only then calls `ask`; it fails where the
  // server did not answer. `place` has what the server told with its parts: data-pass and data-at. `isMine` says of a
  // change [conversation, operator] whether it must be seen at once; others are seen with the next look.
  function watch(url, place, ask, {onState, isMine = () => true, of = 0, busy = () => false, full = () => FULL, every = BUSY}) {
    let timer = null, running = null, wanted = true, lookedAt = performance.now(), since = 0, isPending = false, known = new Set();
    const mustLook = () => {
      const age = performance.now() - lookedAt;
      // Nobody sees what a hidden page shows: it knows that it must look, and does when it is seen again.
      return busy() || (!document.hidden && (wanted || age > full() || (isPending && age > LAZY)));
    };
    async function look(signal) {
      wanted = false;
      await ask(signal);
      lookedAt = performance.now();
      isPending = false;
    }
    async function asked(signal) {
      const {pass, at} = place().dataset, from = Math.max(since, Number(at)), bell = desk.bell;
      const alsoBell = bell ? `&bell=${bell.since()}` : "";
      const answer = await fetch(`${url}?pass=${encodeURIComponent(pass)}&since=${from}&of=${of}${alsoBell}`, {signal: patience(PATIENCE, signal)});
      if (answer.status === 204) { bell?.quiet(); return; }
      if (answer.status === 403) { wanted = true; return; }
      if (!answer.ok) throw new TypeError(`${answer.status}`);
      const told = await answer.json();
      since = told.at;
      bell?.heard(told);
      // What came just before the last question is told once more.
      const fresh = told.changed?.filter((one) => !known.has(String(one)));
      known = new Set(told.changed?.map(String));
      if (!fresh || fresh.some(isMine)) wanted = true; else if (fresh.length) isPending = true;
    }
    async function round() {
      clearTimeout(timer);
      if (running) return;
      const {signal} = running = new AbortController();
      let answered = true;
      try {
        if (!mustLook()) await asked(signal);
        if (mustLook()) await look(signal);
      } catch (error) {
        wanted = true;
        answered = signal.aborted;
        if (!answered && !(error instanceof TypeError)) console.error(error);
      }
      running = null;
      if (signal.aborted) { round(); return; }
      onState(answered);
      const pace = typeof every === "function" ? every() : every;
      // What a hidden page would hear it asks for when it is seen again; the bell has a clock of its own.
      const rest = !document.hidden ? pace : Math.max(pace, busy() ? HIDDEN : ASLEEP);
      timer = setTimeout(round, answered ? rest : OFFLINE);
    }
    // What one did oneself is seen at once: it does not wait for a question whose connection may be dead.
    function refresh() { wanted = true; if (running) running.abort(); else round(); }
    // What nobody is told of, such as what one read oneself in another window, is seen by whoever comes back.
    document.addEventListener("visibilitychange", () => { if (!document.hidden) { isPending = true; round(); } });
    wanted = false;
    timer = setTimeout(round, BUSY);
    return refresh;
  }

  // The cookie before the form's field: after signing in again, in another tab, only the cookie is new.
  function csrf() {
    const cookie = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/);
    return cookie ? cookie[1] : document.querySelector("input[name=csrfmiddlewaretoken]")?.value ?? "";
  }

  // Resolves to {ok, error, code}. A lost connection and a server in trouble are errors in words, never exceptions.
  async function post(url, data, {offline, broken, signedOut}, time) {
    const body = data || new FormData();
    body.delete("csrfmiddlewaretoken");
    try {
      const answer = await fetch(url, {method: "POST", body, headers: {"X-CSRFToken": csrf()}, signal: patience(time)});
      if (answer.redirected) return {ok: false, error: signedOut};
      const isJson = (answer.headers.get("Content-Type") || "").includes("json");
      return isJson ? await answer.json() : {ok: false, error: broken};
    } catch { return {ok: false, error: offline}; }
  }

  // What is typed stays until the server has it: in this tab, which may be reloaded beside another that is at the
  // same, and in the browser, for the next tab that opens the page.
  const kept = {
    read(name) {
      const found = sessionStorage.getItem(name) ?? localStorage.getItem(name);
      if (found) sessionStorage.setItem(name, found);
      try { return JSON.parse(found); } catch { return null; }
    },
    // Null for nothing more; another tab's words stay.
    write(name, what) {
      const before = sessionStorage.getItem(name), text = JSON.stringify(what);
      if (what) for (const place of [sessionStorage, localStorage]) place.setItem(name, text);
      else sessionStorage.removeItem(name);
      if (!what && localStorage.getItem(name) === before) localStorage.removeItem(name);
    },
  };

  // The same words, sent or taken away in another tab, are not this one's any more.
  addEventListener("storage", ({key, oldValue, newValue}) => {
    if (oldValue && newValue === null && sessionStorage.getItem(key) === oldValue) sessionStorage.removeItem(key);
  });

  // Brings `place` to what `html` says and leaves alone what is the same: a voice message plays on, what is
  // unfolded stays so, the focus stays, and a screen reader hears only what is new.
  const sources = new WeakMap();
  function remember(place) { for (const part of place.children) sources.set(part, part.outerHTML); }
  function patch(place, html) {
    const box = document.createElement("template");
    box.innerHTML = html;
    const wanted = [...box.content.children], texts = wanted.map((part) => part.outerHTML);
    const still = new Set(texts), focused = document.activeElement?.id;
    for (const part of [...place.children]) if (!still.has(sources.get(part))) part.remove();
    const kept = new Map([...place.children].map((part) => [sources.get(part), part]));
    let at = place.firstElementChild;
    wanted.forEach((fresh, i) => {
      if (at && sources.get(at) === texts[i]) { at = at.nextElementSibling; return; }
      const part = kept.get(texts[i]) ?? fresh;
      sources.set(part, texts[i]);
      place.insertBefore(part, at);
    });
    while (at) { const next = at.nextElementSibling; at.remove(); at = next; }
    if (focused && document.activeElement?.id !== focused) document.getElementById(focused)?.focus({preventScroll: true});
  }

  // One form is one message or note. crypto.randomUUID exists only on https and localhost.
  function newKey() {
    if (crypto.randomUUID) return crypto.randomUUID();
    const b = crypto.getRandomValues(new Uint8Array(16));
    b[6] = (b[6] & 15) | 64; b[8] = (b[8] & 63) | 128;
    const hex = [...b].map((x) => x.toString(16).padStart(2, "0")).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  }
  // How many milliseconds there are until then.
  function left(moment) { return new Date(moment) - Date.now() - skew; }

  // What is told of time, told anew: several times a second, and whenever something came to be shown.
  const ticks = [];
  function tick() { for (const one of ticks) one(); }
  function onTick(one) { ticks.push(one); }
  onTick(() => {
    for (const mark of document.querySelectorAll("[data-countdown]")) {
      const seconds = Math.ceil(left(mark.dataset.countdown) / 1000);
      const text = seconds > 0 ? `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}` : "…";
      if (mark.textContent !== text) mark.textContent = text;
    }
  });
  setInterval(tick, 250);
  // `bell` is there in the one tab that rings (bell.js): the looks of this page ask for it, too.
  const desk = {bell: null, csrf, kept, left, look, newKey, onTick, patch, patience, poll, watch, post, remember, tick};
  return desk;
})();
