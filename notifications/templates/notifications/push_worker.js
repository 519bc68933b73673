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

// The push service gave this browser another subscription, or none: subscribe anew, and hand it to the server.
self.addEventListener("pushsubscriptionchange", (event) => event.waitUntil(renew(event)));

async function renew({ oldSubscription, newSubscription }) {
  const place = "{% url "notifications:subscribe" %}";
  const answer = await fetch(place);
  if (!answer.ok || answer.redirected) return; // nobody is logged in here
  const { key, csrf } = await answer.json();
  const options = { userVisibleOnly: true, applicationServerKey: key };
  const fresh = newSubscription ?? (await self.registration.pushManager.subscribe(options));
  await fetch(place, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": csrf },
    body: JSON.stringify({ ...fresh.toJSON(), replaces: oldSubscription?.endpoint }),
  });
}
