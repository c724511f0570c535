// What the theme's scrolling boxes are called for who listens to a page: its library knows English alone.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const name = document.querySelector("meta[name=scrolled]")?.content;
  if (name) for (const box of document.querySelectorAll("[data-simplebar]")) box.dataset.simplebarAriaLabel = name;
});
