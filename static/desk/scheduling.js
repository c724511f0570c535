// A time for the answer to go; see plan.js.
"use strict";

(() => {
  const {form, submit, words} = Composer, strip = form.querySelector(".composer-plan");
  const {at, anyway, although_closed: sure} = form.elements;

  const plan = Plan.mount({
    form, submit, box: document.getElementById("plan"), open: document.getElementById("plan-open"),
    chosen: () => { sure.value = ""; show(); Composer.keep(); words.focus(); },
  });
  function show() {
    plan.show();
    const until = Date.parse(document.querySelector("#window [data-open-until]")?.dataset.openUntil ?? "");
    strip.querySelector(".composer-plan-warning").hidden = !(plan.instant() !== null && plan.instant() >= until);
  }
  anyway.addEventListener("change", Composer.keep);

  form.addEventListener("sending", ({detail}) => { if (!detail.isTyped) for (const name of ["at", "anyway", "although_closed"]) detail.data.delete(name); });
  form.addEventListener("sent", ({detail}) => { if (detail.isTyped) { sure.value = ""; plan.set("", false); show(); } });
  // Said once that the window will be closed, the same time is meant.
  form.addEventListener("refused", ({detail}) => { sure.value = detail.code === "closed_then" ? "1" : ""; });
  form.addEventListener("keeping", ({detail}) => { detail.at = at.value; detail.anyway = anyway.checked; });
  form.addEventListener("restoring", ({detail}) => { if (detail.at && !at.value) { plan.set(detail.at, detail.anyway); show(); } });
  Talk.root.addEventListener("desk:shown", show);
})();
