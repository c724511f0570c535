// What is told by the bell of an open tab, and by a push where none is open; and what a click on it opens.
// Both bear one tag, so that the second of them replaces the first. No page lies in its scope: none waits for it.
"use strict";

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

function tabs() { return self.clients.matchAll({type: "window", includeUncontrolled: true}); }

async function open(url) {
  const wanted = new URL(url, self.location);
  const tab = (await tabs()).find((one) => new URL(one.url).pathname === wanted.pathname);
  return tab ? tab.focus() : self.clients.openWindow(wanted.href);
}

// A desk before somebody's eyes tells for itself. Only a try is shown all the same.
async function isSeen() {
  return (await tabs()).some((one) => one.visibilityState === "visible" && new URL(one.url).pathname.startsWith("{{ pages }}"));
}

async function take({notification, data}) {
  if (!data?.url || (data.type !== "test" && await isSeen())) return;
  const there = await self.registration.getNotifications({tag: data.tag});
  await self.registration.showNotification(notification?.title ?? data.title ?? "", {
    body: notification?.body ?? "", tag: data.tag, icon: "{{ icon }}", badge: "{{ icon }}",
    silent: there.length > 0 || data.sounds !== "1", data: {url: data.url, keys: [data.key], at: Date.now()},
  });
}

self.addEventListener("push", (event) => {
  if (event.data) event.waitUntil(take(event.data.json()));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data.url));
});
