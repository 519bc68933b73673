// Messages stay as long as they can be of use: longer with an Undo, until closed when something failed.
const region = document.getElementById("flashes");
const SAID_MS = 6000;
const UNDO_MS = 12000;
const timers = new Map();

function arm(flash) {
  flash.querySelector("[data-flash-close]")?.removeAttribute("hidden");
  if (!flash.matches(".flash-error")) timers.set(flash, setTimeout(close, span(flash), flash));
}

const span = (flash) => (flash.querySelector("[data-flash-undo]") ? UNDO_MS : SAID_MS);

function close(flash) {
  clearTimeout(timers.get(flash));
  timers.delete(flash);
  if (flash.contains(document.activeElement)) document.getElementById("main").focus({ preventScroll: true });
  flash.remove();
}

// While somebody reads or reaches for one, none of them goes.
function hold() {
  for (const timer of timers.values()) clearTimeout(timer);
}

function release() {
  for (const flash of timers.keys()) {
    clearTimeout(timers.get(flash));
    timers.set(flash, setTimeout(close, span(flash), flash));
  }
}

new MutationObserver((changes) => {
  for (const change of changes) for (const node of change.addedNodes) if (node.matches?.("[data-flash]")) arm(node);
  const all = region.querySelectorAll("[data-flash]");
  if (all.length > 3) close(all[0]);
}).observe(region, { childList: true });

region.querySelectorAll("[data-flash]").forEach(arm);
region.addEventListener("pointerenter", hold);
region.addEventListener("pointerleave", release);
region.addEventListener("focusin", hold);
region.addEventListener("focusout", release);
region.addEventListener("click", (event) => {
  const button = event.target.closest("[data-flash-close]");
  if (button) close(button.closest("[data-flash]"));
});
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  const flash = detail.elt.matches("[data-flash-undo]") && detail.elt.closest("[data-flash]");
  if (flash && detail.successful) close(flash);
});
