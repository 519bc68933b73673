// Push in this browser: says what is possible here, subscribes, and hands the subscription to the server.
const place = document.getElementById("push");
const state = document.getElementById("push-state");
const button = document.getElementById("push-on");

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));

async function look() {
  if (!("serviceWorker" in navigator) || !("PushManager" in window)) {
    state.textContent = "This browser has no push. Over plain http, none has, but on this very machine.";
    return;
  }
  const worker = await navigator.serviceWorker.register(place.dataset.worker, { scope: "/" });
  if (Notification.permission === "denied") {
    state.textContent = "You forbade notifications of this site in your browser. Allow them in its settings, and come back.";
    return;
  }
  const known = await worker.pushManager.getSubscription();
  state.textContent = known ? "Push is on in this browser." : "Be told here, also while no page is open.";
  button.hidden = Boolean(known);
}

async function turnOn() {
  button.disabled = true;
  try {
    if ((await Notification.requestPermission()) !== "granted") throw new Error("You did not allow notifications.");
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
    state.textContent = `Push could not be turned on: ${error.message}`;
    button.disabled = false;
  }
}

button.addEventListener("click", turnOn);
look();
