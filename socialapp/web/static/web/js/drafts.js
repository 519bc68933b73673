// What is typed is kept in this browser until it is sent or discarded, for each person and each form.
const person = document.body.dataset.person;
const PREFIX = `draft:${person}:`;
const waiting = new Map(); // forms in which somebody types, and when they are kept
let unkept = null;
let isLeaving = false; // logging out: nothing is kept any more

const field = (form) => form.querySelector("textarea");
const key = (form) => PREFIX + form.dataset.draft;
const sentAs = (name) => `${PREFIX}sent:${name.slice(PREFIX.length)}`; // what was sent last, until the server says that it has it

function read(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

function keep(form) {
  waiting.delete(form);
  if (isLeaving) return;
  const text = field(form).value;
  try {
    if (text.trim() && text !== field(form).defaultValue) localStorage.setItem(key(form), text);
    else localStorage.removeItem(key(form));
    unkept = null;
  } catch {
    unkept = text.trim() ? form : null;
  }
}

function drop(name) {
  try {
    localStorage.removeItem(name);
  } catch {
    // Then nothing was kept.
  }
}

// The server has what was sent. What another tab wrote since under the same name stays.
function settle(name) {
  const sent = read(sentAs(name));
  if (sent === null || sent === read(name)) drop(name);
  drop(sentAs(name));
}

// Whether it could be noted what was sent.
function note(form) {
  try {
    localStorage.setItem(sentAs(key(form)), field(form).value);
    return true;
  } catch {
    return false;
  }
}

// A form that the browser kept whole while what it held was posted is a new one. Of what was not posted, nothing is lost.
function begin(form) {
  const { sent } = form.dataset;
  const once = form.querySelector('input[name="key"]');
  delete form.dataset.sent;
  if (sent !== "noted" || !once || read(sentAs(key(form))) !== null) return;
  once.value = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  const area = field(form);
  area.value = area.defaultValue = "";
  form.querySelectorAll(".pictures-place [data-remove]").forEach((button) => button.click());
  delete form.dataset.draftKnown;
  restore(form, true); // what another tab wrote meanwhile
  area.dispatchEvent(new Event("input", { bubbles: true }));
}

// `told`: says that it did, unless it is the same page that goes on.
function restore(form, told) {
  if (form.dataset.draftKnown) return;
  form.dataset.draftKnown = "yes";
  const text = read(key(form));
  const area = field(form);
  // What the server gives back with an error is newer.
  if (!text || text === area.value || area.getAttribute("aria-invalid") === "true") return;
  area.value = text;
  area.dispatchEvent(new Event("input", { bubbles: true }));
  if (told) form.querySelector(".field").append(document.importNode(document.getElementById("draft-line").content, true));
}

function forget(form) {
  const area = field(form);
  drop(key(form));
  area.value = area.defaultValue;
  area.dispatchEvent(new Event("input", { bubbles: true }));
  form.querySelector("[data-draft-line]")?.remove();
}

const forms = (root) => root.querySelectorAll("form[data-draft]");

function start() {
  for (const sent of document.querySelectorAll("[data-flash][data-sent]")) settle(PREFIX + sent.dataset.sent);
  forms(document).forEach((form) => restore(form, true));
}

document.addEventListener("input", ({ target }) => {
  const form = target.closest("form[data-draft]");
  if (!form || target !== field(form)) return;
  clearTimeout(waiting.get(form));
  waiting.set(form, setTimeout(keep, 300, form));
});
// Closed before that: now. "leaving" is a form of a page that stays.
document.addEventListener("leaving", ({ target }) => waiting.has(target) && keep(target));
window.addEventListener("pagehide", () => forms(document).forEach((form) => waiting.has(form) && !form.dataset.sent && keep(form)));
window.addEventListener("beforeunload", (event) => {
  if (unkept?.isConnected && !unkept.dataset.sent) event.preventDefault();
});

document.addEventListener("submit", ({ target, submitter, defaultPrevented }) => {
  if (defaultPrevented) return;
  if (target.matches("form[data-draft]")) {
    clearTimeout(waiting.get(target));
    keep(target); // until the server says that it has it
    target.dataset.sent = note(target) ? "noted" : "yes";
  }
  const out = document.querySelector("[data-log-out]");
  if (out && (submitter?.formAction ?? target.action) === out.formAction) {
    isLeaving = true;
    Object.keys(localStorage).filter((name) => name.startsWith(PREFIX)).forEach(drop);
  }
});
document.addEventListener("click", ({ target }) => {
  if (target.closest("[data-draft-discard]")) {
    const form = target.closest("form");
    forget(form);
    field(form).focus();
  }
  if (target.closest("[data-draft-drop]")) forget(target.closest("form"));
});
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  delete detail.elt.dataset.sent;
});
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const form = detail.requestConfig.elt;
  if (form.matches("form[data-draft]") && !detail.isError) settle(key(form));
});
document.addEventListener("htmx:afterSwap", ({ target }) => forms(target.parentElement ?? document).forEach((form) => restore(form, false)));

window.addEventListener("pageshow", ({ persisted }) => persisted && forms(document).forEach(begin));

if (person) start();
