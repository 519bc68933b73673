// The service worker, for who is logged in: a page for when there is no connection, and push where it is wanted.
const { person, worker } = document.body.dataset;
if (person && worker && "serviceWorker" in navigator) {
  window.addEventListener("load", () => navigator.serviceWorker.register(worker, { scope: "/" }).catch(() => {}));
}
