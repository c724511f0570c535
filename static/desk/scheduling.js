// A time for the answer to go: by the clock on the organisation's wall, wherever the operator sits.
"use strict";

(() => {
  const {form, submit, words} = Composer, box = document.getElementById("plan"), open = document.getElementById("plan-open");
  const strip = form.querySelector(".composer-plan"), custom = box.querySelector("input[type=datetime-local]");
  const {at, anyway, although_closed: sure} = form.elements, says = box.dataset, sends = submit.textContent;
  const MINUTE = 60000, HOUR = 60 * MINUTE, DAY = 24 * HOUR;
  // Times on that wall are reckoned with as if they were of UTC, so that this computer's zone plays no part.
  const wall = Date.parse(`${says.wall.slice(0, 19)}Z`), offset = wall - Date.parse(says.wall), loaded = Date.now();

  function now() { return wall + (Date.now() - loaded); }
  function written(moment) { return new Date(moment).toISOString().slice(0, 16); }
  function read(value) { return Date.parse(`${value}:00Z`); }
  function told(moment) {
    const days = Math.floor(moment / DAY) - Math.floor(now() / DAY), time = written(moment).slice(11);
    if (days === 0) return `${says.today} ${time}`;
    if (days === 1) return `${says.tomorrow} ${time}`;
    const day = new Date(moment).toLocaleDateString(document.documentElement.lang, {timeZone: "UTC", weekday: "short", day: "numeric", month: "long"});
    return `${day}, ${time}`;
  }

  const PRESETS = {
    hour: () => Math.ceil((now() + HOUR) / MINUTE) * MINUTE,
    evening: () => Math.floor(now() / DAY) * DAY + 18 * HOUR,
    tomorrow: () => Math.floor(now() / DAY) * DAY + DAY + 9 * HOUR,
    monday: () => { const day = Math.floor(now() / DAY), gone = (day + 3) % 7; return (day + 7 - gone) * DAY + 9 * HOUR; },
  };

  function show() {
    const moment = at.value ? read(at.value) : null, until = Date.parse(document.querySelector("#window [data-open-until]")?.dataset.openUntil ?? "");
    strip.hidden = moment === null;
    submit.textContent = moment === null ? sends : says.submit;
    if (moment === null) return;
    strip.querySelector("b").textContent = told(moment);
    strip.querySelector(".composer-plan-warning").hidden = !(moment - offset >= until);
  }
  function choose(moment) {
    at.value = moment === null ? "" : written(moment);
    if (moment === null) anyway.checked = false;
    sure.value = "";
    box.hidden = true; open.setAttribute("aria-expanded", "false");
    show(); Composer.keep(); words.focus();
  }

  function unfold() {
    for (const button of box.querySelectorAll("[data-preset]")) {
      const moment = PRESETS[button.dataset.preset]();
      const isSaid = button.dataset.preset === "monday" && moment === PRESETS.tomorrow();
      button.hidden = isSaid || moment <= now() + MINUTE;
      button.querySelector("small").textContent = told(moment);
    }
    custom.min = written(now() + MINUTE);
    custom.value = at.value || written(PRESETS.hour());
    box.hidden = false; open.setAttribute("aria-expanded", "true");
    box.querySelector("[data-preset]:not([hidden])").focus();
  }
  function fold() { box.hidden = true; open.setAttribute("aria-expanded", "false"); open.focus(); }

  open.addEventListener("click", () => { if (box.hidden) unfold(); else fold(); });
  box.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button?.dataset.preset) choose(PRESETS[button.dataset.preset]());
    if (button && "planClose" in button.dataset) fold();
    if (button && "planSet" in button.dataset && custom.reportValidity() && custom.value) choose(read(custom.value));
  });
  box.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { event.preventDefault(); fold(); }
    // Enter in the field must not send the form around it.
    if (event.key === "Enter" && event.target === custom) { event.preventDefault(); box.querySelector("[data-plan-set]").click(); }
  });
  strip.querySelector("[data-plan-off]").addEventListener("click", () => choose(null));
  strip.querySelector("[data-plan-change]").addEventListener("click", unfold);
  anyway.addEventListener("change", Composer.keep);

  form.addEventListener("sending", ({detail}) => { if (!detail.isTyped) for (const name of ["at", "anyway", "although_closed"]) detail.data.delete(name); });
  form.addEventListener("sent", ({detail}) => { if (detail.isTyped) { at.value = sure.value = ""; anyway.checked = false; show(); } });
  // Said once that the window will be closed, the same time is meant.
  form.addEventListener("refused", ({detail}) => { sure.value = detail.code === "closed_then" ? "1" : ""; });
  form.addEventListener("keeping", ({detail}) => { detail.at = at.value; detail.anyway = anyway.checked; });
  form.addEventListener("restoring", ({detail}) => {
    if (!detail.at || at.value || read(detail.at) <= now()) return;
    at.value = detail.at; anyway.checked = Boolean(detail.anyway);
    show();
  });
  Talk.root.addEventListener("desk:shown", show);
})();
