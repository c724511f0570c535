// What a click on a notification opens: the tab that shows the conversation already, or else a new one.
"use strict";

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

async function open(url) {
  const wanted = new URL(url, self.location);
  const tabs = await self.clients.matchAll({type: "window", includeUncontrolled: true});
  const tab = tabs.find((one) => new URL(one.url).pathname === wanted.pathname);
  return tab ? tab.focus() : self.clients.openWindow(wanted.href);
}

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data.url));
});
