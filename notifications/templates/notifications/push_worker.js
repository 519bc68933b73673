// Shows what was pushed. What has the tag of one that is shown replaces it.
self.addEventListener("push", (event) => {
  const said = event.data ? event.data.json() : { title: "socialapp", url: "/inbox/" };
  event.waitUntil(
    self.registration.showNotification(said.title, {
      body: said.body || "",
      tag: said.tag,
      icon: "{% load static %}{% static "socialapp/icon-192.png" %}",
      data: { url: said.url },
    }),
  );
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const url = new URL(event.notification.data.url, self.location.origin);
  event.waitUntil(
    self.clients.matchAll({ type: "window" }).then((pages) => {
      const open = pages.find((page) => new URL(page.url).pathname === url.pathname);
      return open ? open.focus() : self.clients.openWindow(url.href);
    }),
  );
});
