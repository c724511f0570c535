// The page of wishes: what the browser allows, a try of it all, and how long it is to be quiet.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const form = document.getElementById("wishes"), tryIt = document.querySelector("[data-bell-try]"), said = document.querySelector(".wishes-said");
  const {tune, volume, quiet_until: until} = form.elements;

  function state() {
    if (!window.isSecureContext) return "insecure";
    return window.Notification && navigator.serviceWorker ? Notification.permission : "unable";
  }
  function show() { for (const part of document.querySelectorAll("[data-bell-state]")) part.hidden = part.dataset.bellState !== state(); }
  document.querySelector("[data-bell-allow]").addEventListener("click", async () => { await Notification.requestPermission(); show(); });
  // Allowed or forbidden beside the address, while this page is open.
  navigator.permissions?.query({name: "notifications"}).then((status) => status.addEventListener("change", show)).catch(() => {});
  show();

  // The click itself is what lets the page sound. A browser without a way to sound never says that it could.
  async function sound() {
    said.textContent = said.dataset.mute;
    await Tunes.wake();
    if (Tunes.play(tune.value, Number(volume.value))) said.textContent = said.dataset.silent;
  }
  tryIt.addEventListener("click", async () => {
    sound();
    const shower = await Bell.registration();
    await shower?.showNotification(tryIt.dataset.title, {body: tryIt.dataset.body, tag: "desk:try", silent: true, renotify: true, data: {url: location.pathname}});
  });
  for (const field of [tune, volume]) field.addEventListener("change", sound);

  // By the organisation's clock, as the page was drawn with it.
  for (const button of document.querySelectorAll("[data-quiet-hours]")) {
    button.addEventListener("click", () => { until.value = Number(button.dataset.quietHours) ? later(Number(button.dataset.quietHours)) : ""; until.focus(); });
  }
  function later(hours) {
    const offset = document.body.dataset.adminUtcOffset ?? "0";
    return new Date(Date.now() + Number(offset) * 1000 + hours * 3600 * 1000).toISOString().slice(0, 16);
  }
});
