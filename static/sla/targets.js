// What is typed is shown by examples at once; a channel's fields appear with its switch.
"use strict";
(() => {
  const form = document.getElementById("targets");
  const examples = document.getElementById("examples");
  if (!form || !examples) return;
  let timer = 0, asked = 0;

  const ask = async () => {
    const mine = ++asked;
    const data = new FormData(form);
    data.set("act", "preview");
    try {
      const answer = await fetch(location.href, { method: "POST", body: data });
      if (answer.ok && mine === asked) examples.innerHTML = await answer.text();
    } catch {
      // No connection: the examples stay as they were; saving will say so.
    }
  };

  form.addEventListener("input", (event) => {
    const line = event.target.closest(".sla-line");
    if (event.target.name.endsWith("is_own")) {
      line.querySelector(".sla-fields").hidden = !event.target.checked;
      line.querySelector(".sla-same").hidden = event.target.checked;
    }
    clearTimeout(timer);
    timer = setTimeout(ask, 300);
  });
})();
