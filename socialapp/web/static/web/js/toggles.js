// Like, share, follow, ring, mark: shown at once, put back if refused. Pressed often, it ends as it was pressed last:
// one request at a time, and each says what is wanted by then. Until that is answered, the button waits (data-waits).
const states = new WeakMap();
const toggle = (element) => element?.closest?.("button[data-off][hx-post]");
const isOn = (button) => button.dataset.on === "yes";

function show(button, on) {
  if (isOn(button) === on) return;
  button.dataset.on = on ? "yes" : "no";
  button.formAction = on ? button.dataset.off : button.getAttribute("hx-post");
  if (button.ariaPressed !== null) button.ariaPressed = String(on);
  if (button.dataset.flips) button.closest(`[data-item]`).classList.toggle(button.dataset.flips, on);
  const name = button.dataset.counts;
  const counts = name ? document.querySelectorAll(`[data-count="${name}"]`) : button.querySelectorAll("[data-count]");
  counts.forEach((count) => move(count, on ? 1 : -1));
}

// 1.2K stays: it is not known how far it is to 1.3K. What is counted may stand after it, for one and for others.
function move(count, by) {
  const next = Number(count.textContent) + by;
  if (!/^\d+$/.test(count.textContent.trim()) || next < 0 || next >= 1000) return;
  count.textContent = next;
  count.classList.toggle("none", !next);
  const word = count.nextElementSibling;
  if (word?.dataset.one) word.textContent = next === 1 ? word.dataset.one : word.dataset.other;
}

document.addEventListener(
  "click",
  (event) => {
    const button = toggle(event.target);
    if (!button) return;
    const state = states.get(button) ?? { confirmed: isOn(button) };
    state.wanted = !isOn(button);
    states.set(button, state);
    button.dataset.waits = "";
    show(button, state.wanted);
  },
  true,
);

document.addEventListener("htmx:configRequest", ({ detail }) => {
  const state = states.get(detail.elt);
  if (!state) return;
  state.sent = state.wanted;
  detail.path = state.sent ? detail.elt.getAttribute("hx-post") : detail.elt.dataset.off;
});

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const state = states.get(detail.requestConfig.elt);
  if (!state || detail.isError) return;
  state.confirmed = state.sent;
  // Changed their mind meanwhile: the next answer is the one to show.
  if (state.wanted !== state.sent) detail.shouldSwap = false;
});

document.addEventListener("htmx:afterRequest", ({ detail }) => {
  const state = states.get(detail.elt);
  if (!state || state.wanted !== state.sent) return;
  delete detail.elt.dataset.waits;
  if (detail.successful) return;
  state.wanted = state.confirmed;
  show(detail.elt, state.confirmed);
});
