// The choice of a time for something to go: by the clock on the organisation's wall, wherever the operator sits.
//
// `form` has the fields `at` and `anyway`, and the strip that tells what was chosen; `box` is the dialog, `open` the
// button that unfolds it. `chosen` is called after each choice, also where the time was taken back.
"use strict";

const Plan = (() => {
  const MINUTE = 60000, HOUR = 60 * MINUTE, DAY = 24 * HOUR;

  function mount({form, box, open, submit, chosen}) {
    const strip = form.querySelector(".composer-plan"), custom = box.querySelector("input[type=datetime-local]");
    const {at, anyway} = form.elements, says = box.dataset, sends = submit.textContent;
    // Times on that wall are reckoned with as if they were of UTC, so that this computer's zone plays no part.
    const wall = Date.parse(`${says.wall.slice(0, 19)}Z`), offset = wall - Date.parse(says.wall), loaded = Date.now();

    function now() { return wall + (Date.now() - loaded); }
    function written(moment) { return new Date(moment).toISOString().slice(0, 16); }
    function read(value) { return Date.parse(`${value}:00Z`); }
    function moment() { return at.value ? read(at.value) : null; }
    function told(when) {
      const days = Math.floor(when / DAY) - Math.floor(now() / DAY), time = written(when).slice(11);
      if (days === 0) return `${says.today} ${time}`;
      if (days === 1) return `${says.tomorrow} ${time}`;
      const day = new Date(when).toLocaleDateString(document.documentElement.lang, {timeZone: "UTC", weekday: "short", day: "numeric", month: "long"});
      return `${day}, ${time}`;
    }

    const PRESETS = {
      hour: () => Math.ceil((now() + HOUR) / MINUTE) * MINUTE,
      evening: () => Math.floor(now() / DAY) * DAY + 18 * HOUR,
      tomorrow: () => Math.floor(now() / DAY) * DAY + DAY + 9 * HOUR,
      monday: () => { const day = Math.floor(now() / DAY), gone = (day + 3) % 7; return (day + 7 - gone) * DAY + 9 * HOUR; },
    };

    function show() {
      const when = moment();
      strip.hidden = when === null;
      submit.textContent = when === null ? sends : says.submit;
      if (when !== null) strip.querySelector("b").textContent = told(when);
    }
    // As it was kept, or taken back; a time that has passed is none.
    function set(value, isAnyway) {
      if (value && read(value) <= now()) return;
      at.value = value; anyway.checked = Boolean(value && isAnyway);
      show();
    }
    function choose(when) {
      at.value = when === null ? "" : written(when);
      if (when === null) anyway.checked = false;
      box.hidden = true; open.setAttribute("aria-expanded", "false");
      show(); chosen();
    }

    function unfold() {
      for (const button of box.querySelectorAll("[data-preset]")) {
        const when = PRESETS[button.dataset.preset]();
        const isSaid = button.dataset.preset === "monday" && when === PRESETS.tomorrow();
        button.hidden = isSaid || when <= now() + MINUTE;
        button.querySelector("small").textContent = told(when);
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
    // `instant` is the moment as the rest of the world has it.
    return {instant: () => (moment() === null ? null : moment() - offset), set, show};
  }
  return {mount};
})();
