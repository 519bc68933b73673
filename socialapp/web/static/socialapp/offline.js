// As soon as the server can be reached, the page that was wanted is fetched.
const PATIENCE_MS = 10_000;
let looking = false;

async function look() {
  if (document.hidden || looking) return;
  looking = true;
  try {
    const answer = await fetch("/healthz", { cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) });
    if (answer.ok) location.reload();
  } catch {
    // Not yet.
  }
  looking = false;
}

window.addEventListener("online", look);
document.addEventListener("visibilitychange", look);
setInterval(look, 2000);
