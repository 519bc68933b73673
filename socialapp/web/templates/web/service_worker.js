{% load static %}// One worker for the whole site. Pages come from the network, always: none is kept, for they are private. When one
// cannot be had, a page that says so stands in its place.
const CACHE = "offline-{{ version }}";
const KEPT = {{ kept|safe }};
const OFFLINE = KEPT[0];

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(KEPT)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      for (const name of await caches.keys()) if (name !== CACHE) await caches.delete(name);
      await self.registration.navigationPreload?.enable();
      await self.clients.claim();
    })(),
  );
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  if (request.mode === "navigate") event.respondWith(page(event));
  else if (KEPT.includes(new URL(request.url).pathname)) event.respondWith(kept(request));
});

async function page(event) {
  try {
    return (await event.preloadResponse) || (await fetch(event.request));
  } catch {
    return caches.match(OFFLINE, { ignoreVary: true });
  }
}

async function kept(request) {
  return (await caches.match(request)) || fetch(request);
}

{% include "web/slots/service_worker.js" %}
