// Push in this browser: says what is possible here, subscribes, and hands the subscription to the server.
// What it says stands in the page, translated.
const place = document.getElementById("push");
const state = document.getElementById("push-state");
const button = document.getElementById("push-on");

const OWNER = "push-person"; // whose push it is, for all pages: web/js/worker.js

const post = (address, said) =>
  fetch(address, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": document.querySelector("[name=csrfmiddlewaretoken]").value },
    body: JSON.stringify(said),
  });

const remember = () => {
  try {
    localStorage.setItem(OWNER, document.body.dataset.person);
  } catch {
    // Then push ends at the server alone.
  }
};

// The browser may hold what the server does not know, or knows as another's, or as ended.
async function isOn(known) {
  if (!known || keyOf(known) !== place.dataset.key) return false;
  const answer = await post(place.dataset.state, { endpoint: known.endpoint }).catch(() => null);
  return Boolean(answer?.ok && (await answer.json()).on);
}

// As the server writes it: base64url without padding.
function keyOf(subscription) {
  const key = subscription.options?.applicationServerKey;
  if (!key) return place.dataset.key;
  return btoa(String.fromCharCode(...new Uint8Array(key))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

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
  const on = await isOn(await worker.pushManager.getSubscription());
  if (on) remember();
  state.textContent = on ? place.dataset.on : place.dataset.off;
  button.hidden = on;
}

async function turnOn() {
  button.disabled = true;
  try {
    if ((await Notification.requestPermission()) !== "granted") throw new Error(place.dataset.refused);
    const worker = await navigator.serviceWorker.ready;
    // One that is for another key, or that its push service has ended, would be given again.
    await (await worker.pushManager.getSubscription())?.unsubscribe();
    const subscription = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: place.dataset.key });
    const answer = await post(place.dataset.subscribe, { ...subscription.toJSON(), applicationServerKey: place.dataset.key });
    if (!answer.ok) throw new Error((await answer.json()).detail);
    remember();
    location.reload();
  } catch (error) {
    state.textContent = `${place.dataset.failed} ${error.message}`;
    button.disabled = false;
  }
}

button.addEventListener("click", turnOn);
look();
