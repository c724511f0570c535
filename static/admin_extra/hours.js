// The grid of the week: a break more, a day off, the same hours until Friday. Without it every field is still there.
"use strict";
(() => {
  const grid = document.getElementById("grid");
  if (!grid) return;
  const always = document.querySelector("#week [name=is_always]");
  const days = [...grid.querySelectorAll(".hr-day")];
  const stretches = (day) => [...day.querySelectorAll(".hr-stretch")];
  const clocks = (stretch) => [...stretch.querySelectorAll("input")];

  const show = (day) => {
    const all = stretches(day);
    const isOff = all.every((one) => one.hidden || clocks(one).every((clock) => !clock.value)) && day.dataset.off === "1";
    all.forEach((one, at) => { one.hidden = isOff || (at > 0 && one.hidden); });
    if (!isOff) all[0].hidden = false;
    day.querySelector(".hr-off").hidden = !isOff;
    day.querySelector("[data-act=off]").hidden = isOff;
    const more = day.querySelector("[data-act=more]");
    more.hidden = !isOff && all.every((one) => !one.hidden);
    more.textContent = isOff ? more.dataset.open : more.dataset.more;
  };

  const act = {
    more(day) {
      if (day.dataset.off === "1") { day.dataset.off = ""; show(day); }
      else { const next = stretches(day).find((one) => one.hidden); if (next) next.hidden = false; show(day); }
      const shown = stretches(day).filter((one) => !one.hidden).pop();
      if (shown) clocks(shown)[0].focus();
    },
    off(day) {
      stretches(day).forEach((one) => clocks(one).forEach((clock) => { clock.value = ""; }));
      day.dataset.off = "1";
      show(day);
    },
    weekdays(day) {
      days.slice(1, 5).forEach((other) => {
        stretches(other).forEach((one, at) => {
          const model = stretches(day)[at];
          one.hidden = model.hidden;
          clocks(one).forEach((clock, end) => { clock.value = clocks(model)[end].value; });
        });
        other.dataset.off = day.dataset.off || "";
        show(other);
      });
    },
  };

  grid.addEventListener("click", (event) => {
    const button = event.target.closest("[data-act]");
    if (button) act[button.dataset.act](button.closest(".hr-day"));
  });
  const toggle = () => { grid.hidden = always.checked; };
  always.addEventListener("change", toggle);
  days.forEach((day) => {
    const isEmpty = stretches(day).every((one) => clocks(one).every((clock) => !clock.value));
    day.dataset.off = isEmpty && !day.classList.contains("is-bad") ? "1" : "";
    show(day);
  });
  toggle();
})();
