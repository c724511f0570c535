// One template of several: its own fields are shown, and its words are filled in as one types.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const form = document.getElementById("picker");
  if (!form) return;
  const select = form.elements.template;

  function preview(field) {
    for (const mark of field.closest("fieldset").querySelectorAll("[data-shows]")) {
      if (mark.dataset.shows !== field.dataset.slot) continue;
      mark.textContent = field.value.trim() || mark.dataset.empty;
      mark.classList.toggle("is-filled", Boolean(field.value.trim()));
    }
  }
  function choose() {
    for (const part of form.querySelectorAll("fieldset[data-template]")) part.hidden = part.disabled = part.dataset.template !== select.value;
    const bad = "obstacle" in (select.selectedOptions[0]?.dataset ?? {});
    for (const button of form.querySelectorAll("[data-needs-template] button")) button.disabled = bad || !select.value;
    for (const field of form.querySelectorAll("[data-slot]")) preview(field);
  }

  select.addEventListener("change", choose);
  form.addEventListener("input", (event) => { if (event.target.matches("[data-slot]")) preview(event.target); });
  choose();
});
