// What the theme's scrolling boxes are called for who listens to a page: its library knows English alone.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const name = { ru: "Прокручиваемая область" }[document.documentElement.lang] || "Scrollable area";
  for (const box of document.querySelectorAll("[data-simplebar]")) box.dataset.simplebarAriaLabel = name;
});
