// The report: what is not chosen does not stand in the address; the rest of a long table is there on request.
"use strict";

for (const form of document.querySelectorAll(".ca-filters"))
  form.addEventListener("formdata", ({ formData }) => {
    for (const [name, value] of [...formData]) if (!value) formData.delete(name);
  });
for (const button of document.querySelectorAll(".ca-more"))
  button.addEventListener("click", () => {
    document.getElementById(button.getAttribute("aria-controls")).hidden = false;
    button.closest("p").remove();
  });
