// A price of the list goes into the repair's field by one press; a work chosen from the list brings its price.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const panel = document.getElementById("panel");

  function put(field, value) {
    field.value = value;
    field.dispatchEvent(new Event("input", {bubbles: true}));
  }

  panel.addEventListener("click", (event) => {
    const button = event.target.closest("[data-fill-price]");
    if (!button) return;
    const field = button.closest("form").elements.price;
    put(field, button.dataset.fillPrice);
    field.focus();
  });

  panel.addEventListener("input", (event) => {
    const {list, form, value} = event.target;
    if (!list || !form?.elements.price) return;
    const chosen = [...list.options].find((one) => one.value === value), price = form.elements.price;
    // What somebody has typed there themselves stays.
    if (chosen && (!price.value || price.value === price.dataset.filled)) {
      price.dataset.filled = chosen.dataset.price;
      put(price, chosen.dataset.price);
    }
  });
});
