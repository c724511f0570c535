// Asks for the browser's leave to notify: by a click, and not again for a fortnight where it was put off.
"use strict";

(() => {
  const strip = document.getElementById("bell-strip"), LATER = "desk:bell:later", FORTNIGHT = 14 * 24 * 3600 * 1000;
  if (!strip || !window.Notification || !navigator.serviceWorker) return;
  const isPutOff = Date.now() - Number(localStorage.getItem(LATER)) < FORTNIGHT;
  strip.hidden = Notification.permission !== "default" || isPutOff;
  strip.querySelector("[data-bell-allow]").addEventListener("click", async () => {
    await Notification.requestPermission();
    strip.hidden = Notification.permission !== "default";
  });
  strip.querySelector("[data-bell-later]").addEventListener("click", () => {
    localStorage.setItem(LATER, String(Date.now()));
    strip.hidden = true;
  });
})();
