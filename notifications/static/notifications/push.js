// Push in this browser: says what is possible here, subscribes, and hands the subscription to the server.
// What it says stands in the page, translated.
const place = document.getElementById("push");
const state = document.getElementById("push-state");
const button = document.getElementById("push-on");

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));

async function look() {
  const possible = "serviceWorker" in navigator && "PushManager" in window;
  // A browser that keeps nothing for this site refuses.
  const worker = possible && (await navigator.serviceWorker.register(place.dataset.worker, { scope: "/" }).catch(() => null));
  if (!worker) {
    state.textContent = place.dataset.none;
    return;
  }
  if (Notification.permission === "denied") {
    state.textContent = place.dataset.denied;
    return;
  }
  const known = await worker.pushManager.getSubscription();
  state.textContent = known ? place.dataset.on : place.dataset.off;
  button.hidden = Boolean(known);
}

async function turnOn() {
  button.disabled = true;
  try {
    if ((await Notification.requestPermission()) !== "granted") throw new Error(place.dataset.refused);
    const worker = await navigator.serviceWorker.ready;
    const subscription = await worker.pushManager.subscribe({
      userVisibleOnly: true,
      applicationServerKey: bytes(place.dataset.key),
    });
    const answer = await fetch(place.dataset.subscribe, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRFToken": document.querySelector("[name=csrfmiddlewaretoken]").value },
      body: JSON.stringify(subscription),
    });
    if (!answer.ok) throw new Error((await answer.json()).detail);
    location.reload();
  } catch (error) {
    state.textContent = `${place.dataset.failed} ${error.message}`;
    button.disabled = false;
  }
}

button.addEventListener("click", turnOn);
look();
