// What every page of the desk shares: polling that is cheap while nothing changes, countdowns, and small posts.
"use strict";

const Desk = (() => {
  const BUSY = 1000, HIDDEN = 5000, OFFLINE = 3000;

  // Calls `ask` again and again, one call at a time. `ask` resolves to true when the server answered.
  function poll(ask, onState) {
    let timer = null, running = false;
    async function round() {
      clearTimeout(timer);
      if (running) return;
      running = true;
      let answered = false;
      try { answered = await ask(); } catch (error) { if (!(error instanceof TypeError)) console.error(error); }
      running = false;
      onState(answered);
      timer = setTimeout(round, !answered ? OFFLINE : document.hidden ? HIDDEN : BUSY);
    }
    document.addEventListener("visibilitychange", () => { if (!document.hidden) round(); });
    timer = setTimeout(round, BUSY);
    return round;
  }

  function csrf() {
    const field = document.querySelector("input[name=csrfmiddlewaretoken]");
    const cookie = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/);
    return field ? field.value : cookie ? cookie[1] : "";
  }

  // Resolves to {ok, error}. A lost connection and a server in trouble are errors in words, never exceptions.
  async function post(url, data, {offline, broken}) {
    let answer;
    try {
      answer = await fetch(url, {method: "POST", body: data || new FormData(), headers: {"X-CSRFToken": csrf()}});
    } catch { return {ok: false, error: offline}; }
    if (answer.redirected) { location.reload(); return {ok: false, error: ""}; }
    const isJson = (answer.headers.get("Content-Type") || "").includes("json");
    return isJson ? answer.json() : {ok: false, error: broken};
  }

  function tick() {
    for (const mark of document.querySelectorAll("[data-countdown]")) {
      const left = Math.ceil((new Date(mark.dataset.countdown) - Date.now()) / 1000);
      mark.textContent = left > 0 ? `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}` : "…";
    }
  }
  setInterval(tick, 250);
  return {poll, post, tick};
})();
