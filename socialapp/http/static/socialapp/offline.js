// As soon as the server can be reached, the page that was wanted is fetched.
async function look() {
  if (document.hidden) return;
  try {
    const answer = await fetch("/healthz", { cache: "no-store" });
    if (answer.ok) location.reload();
  } catch {
    // Not yet.
  }
}

window.addEventListener("online", look);
document.addEventListener("visibilitychange", look);
setInterval(look, 2000);
