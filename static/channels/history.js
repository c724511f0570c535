// «Earlier messages» on a channel's page: brought up to date while anything moves.
"use strict";

(() => {
  const box = document.getElementById("history-brought"), live = box.querySelector("[data-live]");
  const EVERY = 3000;

  const moves = () => Boolean(live.querySelector('[data-moves="1"]'));

  async function look() {
    if (!document.hidden) {
      try {
        const answer = await fetch(box.dataset.state, { headers: { "X-Requested-With": "fetch" } });
        // Signed out or taken away: the page itself tells when it is loaded anew.
        if (!answer.ok || answer.redirected) return;
        put(await answer.text());
      } catch (error) {
        if (!(error instanceof TypeError)) throw error; // no network: asked again
      }
    }
    if (moves()) setTimeout(look, EVERY);
  }

  // The token against forged posts is another each time.
  const without = (text) => text.replace(/csrfmiddlewaretoken" value="[^"]*"/g, "");
  let shown = "";

  function put(fresh) {
    if (without(fresh) === shown) return;
    shown = without(fresh);
    const stood = live.contains(document.activeElement) ? document.activeElement.form?.action : "";
    const typed = new Map([...live.querySelectorAll('input[type="date"]')].map((field) => [field.name, field.value]));
    const opened = Boolean(live.querySelector("details[open]"));
    live.innerHTML = fresh;
    // Whoever stood on a button with the keyboard, typed a date or opened the list goes on there.
    for (const field of live.querySelectorAll('input[type="date"]')) if (typed.has(field.name)) field.value = typed.get(field.name);
    live.querySelector("details")?.toggleAttribute("open", opened);
    if (stood) [...live.querySelectorAll("form")].find((form) => form.action === stood)?.querySelector("button")?.focus();
  }

  if (moves()) setTimeout(look, EVERY);
})();
