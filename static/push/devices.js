// The member's own devices: this browser is subscribed by a click, and known again by what it has noted then.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const place = document.getElementById("push-devices"), button = place.querySelector("[data-push-on]"), said = place.querySelector("[role=status]");
  const {key, addUrl, offline, broken, signedOut, denied} = place.dataset, HERE = "push:device";
  const isAble = window.isSecureContext && "PushManager" in window && "serviceWorker" in navigator && "Notification" in window;
  const own = place.querySelector(`[data-device="${localStorage.getItem(HERE)}"]`);
  if (own) own.querySelector(".push-here").hidden = false;
  const state = own && !("gone" in own.dataset) ? "on" : isAble ? "able" : "unable";
  for (const part of place.querySelectorAll("[data-push-state]")) part.hidden = part.dataset.pushState !== state;

  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));
  async function subscribed(shower) {
    const wanted = {userVisibleOnly: true, applicationServerKey: bytes(key)};
    try { return await shower.pushManager.subscribe(wanted); } catch (error) {
      // It was subscribed with another certificate once.
      if (error.name !== "InvalidStateError") throw error;
      await (await shower.pushManager.getSubscription())?.unsubscribe();
      return shower.pushManager.subscribe(wanted);
    }
  }
  async function turnOn() {
    await Notification.requestPermission();
    const shower = await Bell.registration();
    if (!shower) return {ok: false, error: denied};
    let subscription;
    try { subscription = await subscribed(shower); } catch { return {ok: false, error: denied}; }
    const {endpoint, keys} = subscription.toJSON(), data = new FormData();
    for (const [name, value] of Object.entries({endpoint, ...keys})) data.append(name, value);
    return Desk.post(addUrl, data, {offline, broken, signedOut});
  }
  button?.addEventListener("click", async () => {
    button.disabled = true;
    const answer = await turnOn();
    button.disabled = false;
    if (!answer.ok) { said.textContent = answer.error; return; }
    localStorage.setItem(HERE, answer.device);
    location.reload();
  });

  own?.querySelector("[data-remove]").addEventListener("submit", () => {
    localStorage.removeItem(HERE);
    Bell.registration().then((one) => one?.pushManager.getSubscription()).then((one) => one?.unsubscribe());
  });
});
