// The service worker, for who is logged in: a page for when there is no connection, and push where it is wanted.
const { person, worker } = document.body.dataset;
if (person && worker && "serviceWorker" in navigator) {
  window.addEventListener("load", () => navigator.serviceWorker.register(worker, { scope: "/" }).catch(() => {}));
}

// Push belongs to the person who turned it on here. Once they have logged out, or another person has logged in, it ends;
// the server ends it too, but a browser that keeps the subscription would say that push is on.
const OWNER = "push-person";

async function endPushOfAnother() {
  const owner = localStorage.getItem(OWNER);
  if (!owner || owner === person) return;
  const registration = await navigator.serviceWorker.getRegistration("/");
  await (await registration?.pushManager?.getSubscription())?.unsubscribe();
  localStorage.removeItem(OWNER);
}

if ("serviceWorker" in navigator) endPushOfAnother().catch(() => {}); // no storage: the server's word alone counts
