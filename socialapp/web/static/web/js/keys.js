// One key each. A page says by data-key what its links and buttons answer to; what is in an entry or post, for the
// one that has the focus. What cannot be undone gets the focus alone (data-key-focus), and Enter presses it. Never while
// somebody types, and not at all for who turned it off.
const OFF = "keys-off";
const PATIENCE_MS = 1500;
const AHEAD = "typed-ahead";
const PAUSE_MS = 150; // of typing: who types on has not waited for the page to come
const MOST_PAUSES_MS = 1500;
let first = null; // of two keys: g, and soon after it h
let ahead = null; // what is typed before the page to type on is asked for, and how to go there; null on a page that stays

const isOff = () => {
  try {
    return localStorage.getItem(OFF) === "yes";
  } catch {
    return false;
  }
};
// Where one writes or searches on this page, if anywhere.
const composer = () => document.querySelector('main form[data-draft="post"] textarea');
const searchField = () => document.querySelector("main input[type=search], main input[name=q]");
// A box to tick is no place to type.
const isTyping = (element) => element.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
const items = () => [...document.querySelectorAll("[data-item]")].filter((item) => item.offsetParent !== null);
const current = () => document.activeElement?.closest("[data-item]") ?? document.querySelector(".post-alone[data-item]");

function step(by) {
  const all = items();
  const at = all.indexOf(document.activeElement?.closest("[data-item]"));
  const next = at < 0 ? all.find((item) => item.getBoundingClientRect().top >= 0) : all[at + by];
  if (!next) return;
  next.tabIndex = -1;
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}

function press(key) {
  const item = current();
  const inside = item && [...item.querySelectorAll(`[data-key="${key}"]`)].find((one) => one.closest("[data-item]") === item);
  const target = inside ?? [...document.querySelectorAll(`[data-key="${key}"]`)].find((one) => !one.closest("[data-item]"));
  if (!target || target.hidden) return false;
  if (target.matches("[data-key-focus]")) {
    target.focus();
    return true;
  }
  if (target.matches("a, summary, input, select, textarea")) target.focus({ preventScroll: !target.matches("select, textarea") });
  target.click();
  return true;
}

const DEEDS = {
  j: () => step(1),
  k: () => step(-1),
  u: () => history.back(),
  "/": () => {
    const search = searchField();
    if (search) search.focus();
    else press("/");
  },
  c: () => {
    const box = document.querySelector("#reply textarea");
    if (box && current()?.matches(".post-alone")) box.focus();
    else press("c");
  },
  n: () => {
    const box = composer();
    if (box) box.focus();
    else press("n");
  },
  "?": showHelp,
};

document.addEventListener("keydown", (event) => {
  const { key, target } = event;
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (!(target instanceof Element) || isTyping(target) || document.querySelector("dialog[open]") || isOff()) return;
  if (ahead) {
    if ([...key].length === 1) ahead.typed += key;
    else if (key === "Backspace") ahead.typed = ahead.typed.slice(0, -1);
    else return;
    event.preventDefault();
    ahead.goSoon();
    return;
  }
  if (key === "Enter" && target.matches("[data-item]")) {
    event.preventDefault();
    press("o");
    return;
  }
  const both = first ? `${first} ${key}` : key;
  first = null;
  if (key === "g" && both === "g") {
    first = key;
    setTimeout(() => (first = null), PATIENCE_MS);
    return;
  }
  if (key.length > 1 || key === " ") return;
  const activity = DEEDS[both];
  if (activity) activity();
  else if (!press(both)) return;
  event.preventDefault();
});

// "New post" and "Search" lead to where one types: on this page, or on the next. A browser drops what is typed while it
// goes from one page to another, so it goes in a pause of typing, and what was typed until then is taken along.
document.addEventListener("click", (event) => {
  const link = event.target.closest('a[data-key="n"], a[data-key="/"]');
  if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  const field = link.dataset.key === "n" ? composer() : searchField();
  if (field) field.focus();
  else leaveFor(link.href);
});

function leaveFor(address) {
  if (ahead) return;
  const latest = Date.now() + MOST_PAUSES_MS;
  let timer = null;
  const go = () => {
    try {
      if (ahead.typed) sessionStorage.setItem(AHEAD, ahead.typed);
    } catch {
      // Then it is typed once more.
    }
    location.assign(address);
  };
  ahead = {
    typed: "",
    goSoon() {
      clearTimeout(timer);
      timer = setTimeout(go, Math.min(PAUSE_MS, latest - Date.now()));
    },
  };
  ahead.goSoon();
}
window.addEventListener("pageshow", () => {
  ahead = null;
});

function takeAhead() {
  const field = document.querySelector("main [autofocus]");
  let typed = null;
  try {
    typed = sessionStorage.getItem(AHEAD);
    sessionStorage.removeItem(AHEAD);
  } catch {
    return;
  }
  if (!field || !typed) return;
  // What the field got by itself since it has the focus came later; a draft, before.
  const hasDraft = field.form.querySelector("[data-draft-line]");
  field.value = hasDraft ? field.value + typed : typed + field.value;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
  field.setSelectionRange(field.value.length, field.value.length);
}

// Whoever stepped to an item stays on it when it is exchanged for itself as it is now.
let stoodOn = "";
document.addEventListener("htmx:beforeSwap", () => {
  stoodOn = document.activeElement?.matches("[data-item]") ? document.activeElement.id : "";
});
document.addEventListener("htmx:afterSwap", () => {
  const item = document.activeElement === document.body && stoodOn && document.getElementById(stoodOn);
  if (!item) return;
  item.tabIndex = -1;
  item.focus({ preventScroll: true });
});

async function showHelp() {
  const link = document.querySelector("[data-keys-help]");
  if (!link) return;
  let dialog = document.getElementById("keys-dialog");
  if (!dialog) {
    const answer = await fetch(link.href, { headers: { "HX-Request": "true" } }).catch(() => null);
    if (!answer?.ok) return location.assign(link.href);
    const part = new DOMParser().parseFromString(await answer.text(), "text/html");
    dialog = Object.assign(document.createElement("dialog"), { id: "keys-dialog", className: "dialog" });
    dialog.setAttribute("aria-labelledby", "keys-head");
    dialog.append(part.getElementById("keys"));
    document.body.append(dialog);
    dialog.addEventListener("click", ({ target }) => {
      if (target === dialog || target.closest("[data-close]")) dialog.close();
    });
  }
  look(document);
  dialog.showModal();
}

// The switch, in the dialog and on the page of its own.
function look(root) {
  for (const hidden of root.querySelectorAll("[data-keys-switch], dialog [data-close]")) hidden.hidden = false;
  const box = root.querySelector("#keys-on");
  if (box) box.checked = !isOff();
}

document.addEventListener("change", ({ target }) => {
  if (target.id !== "keys-on") return;
  try {
    localStorage.setItem(OFF, target.checked ? "no" : "yes");
  } catch {
    // Then it holds for no longer than this page.
  }
});
document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-keys-help]") || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  showHelp();
});
look(document);
takeAhead();
