// What a page makes of the news: the badge, the inbox, and the pill above the feed. Counts it passes on, as an event.

import { Idiomorph } from "./idiomorph.js";

const MOST = 99; // beyond it, the badge says 99+
const GATHER_MS = 200;

export function show(name, data) {
  if ("unread" in data) showBadge(data.unread);
  if (name === "inbox") refreshInbox();
  if (name === "posts") data.posts.forEach(({ id, at }) => noteNewPost(id, at));
  if (name === "counts") document.dispatchEvent(new CustomEvent("counts", { detail: { posts: data } }));
  if (name === "resync") {
    refreshInbox();
    lookForNewPosts();
  }
}

// --- the badge: in the header, in the title and on the app's icon ---

function showBadge(unread) {
  const text = unread > MOST ? `${MOST}+` : String(unread || "");
  for (const badge of document.querySelectorAll("[data-badge]")) {
    const [shown, said] = badge.children;
    if (shown.textContent === text) continue;
    shown.textContent = text;
    said.textContent = text && badge.dataset.words.replace("#", text);
    badge.hidden = !text;
  }
  document.title = (text ? `(${text}) ` : "") + document.title.replace(/^\(\d+\+?\) /, "");
  if (unread) navigator.setAppBadge?.(unread).catch(() => {});
  else navigator.clearAppBadge?.().catch(() => {});
}

// --- the inbox grows in place: what is new is put in, what changed is changed, all else is left alone ---

let stale = false;
let refreshing = false;

// One after the other, and not for each of the news when there are many. Never while something is pressed or on its
// way: a press lands where it was aimed at. And what was read before such a change was answered is older than the page.
async function refreshInbox() {
  stale = true;
  if (refreshing || !document.getElementById("inbox-list") || isLaterPage()) return;
  refreshing = true;
  try {
    while (stale) {
      do await new Promise((go) => setTimeout(go, GATHER_MS));
      while (isChanging());
      stale = false;
      const known = changes;
      const page = await read(location.href);
      if (isChanging() || changes !== known) stale = true;
      else putInNews(page);
    }
  } finally {
    refreshing = false;
  }
}

const CLICK_MS = 100; // the most between a finger that leaves and its click
let held = false;
let changes = 0;

const isChanging = () => held || document.querySelector("[data-waits], .htmx-request:not(a)") !== null;

let letGo;

document.addEventListener(
  "pointerdown",
  ({ button, isPrimary }) => {
    if (button || !isPrimary) return; // of another button, the release may never be heard of
    clearTimeout(letGo);
    held = true;
  },
  true,
);
function release() {
  clearTimeout(letGo);
  letGo = setTimeout(() => (held = false), CLICK_MS);
}
for (const end of ["pointerup", "pointercancel", "contextmenu", "dragend"]) {
  document.addEventListener(end, release, true);
}
window.addEventListener("blur", release);
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (detail.requestConfig?.verb !== "get") changes += 1;
});

function putInNews(page) {
  const list = document.getElementById("inbox-list");
  const news = page?.getElementById("inbox-list");
  if (!list || !news) return;
  addRowsBelow(list, news, page.getElementById("older-link"));
  morph(list, news);
  for (const part of page.querySelectorAll("[data-live-part]")) morph(document.getElementById(part.id), part);
}

// To the first page as it is now: what went down from it to the next ones, and those that were loaded.
// `older`: the button of the page after `news`, if there is one.
function addRowsBelow(list, news, older) {
  if (!older) return;
  const rows = [...list.children].map(keyOf);
  const fresh = [...news.children].map(keyOf);
  const lasting = fresh.map((key) => rows.indexOf(key)).findLast((place) => place >= 0);
  // So much is new that there may be more between it and what is here: then the rest is loaded anew.
  if (lasting === undefined) return document.getElementById("older-link")?.replaceWith(document.adoptNode(older));
  const below = [...list.children].slice(lasting + 1).filter((row) => !fresh.includes(keyOf(row)));
  news.append(...below.map((row) => row.cloneNode(true)));
}

// `old` gets what is in `now`; what is in both stays the same element, with the focus and what listens to it.
function morph(old, now) {
  if (!old) return; // a page of before an update has no such part
  const focused = document.activeElement;
  Idiomorph.morph(old, now.childNodes, {
    morphStyle: "innerHTML",
    callbacks: {
      // A page keeps times fresh by itself.
      beforeNodeMorphed: (node, next) => node.nodeName !== "TIME" || node.dateTime !== next.dateTime,
      // What somebody stands on waits until they have gone on.
      beforeNodeRemoved: (node) => !node.contains(focused),
      // The keys j and k step to entries, which cannot have the focus by themselves.
      beforeAttributeUpdated: (name) => name !== "tabindex",
    },
  });
  window.htmx?.process(old);
  if (old.contains(focused) && document.activeElement !== focused) focused.focus({ preventScroll: true });
}

const keyOf = (row) => row.querySelector("[id]")?.id;

// --- the pill: there are newer posts; a press puts them above the others ---

const waiting = new Set();

const pill = () => document.getElementById("feed-new");

function noteNewPost(id, at) {
  if (!pill() || location.pathname !== "/" || isLaterPage() || document.getElementById(`post-${id}`)) return;
  // One that is older than this page and not on it was deleted, or is further down.
  const cursor = document.getElementById("live").dataset.cursor.split(".");
  if (at < Number(cursor[2]) - 20_000_000 || id < oldestPost()) return;
  waiting.add(`post-${id}`);
  showPill();
}

// The least id on this page, but for what was shared: that may be older than what is further down.
function oldestPost() {
  const posts = document.querySelectorAll("#feed .post:not(:has(.post-why))");
  return posts.length ? Math.min(...[...posts].map((post) => Number(post.dataset.post))) : 0;
}

function showPill() {
  const count = waiting.size;
  pill().hidden = !count;
  if (!count) return;
  let button = pill().querySelector("button");
  if (!button) {
    pill().append(pill().querySelector("template").content.cloneNode(true));
    button = pill().querySelector("button");
    button.addEventListener("click", putInNewPosts);
  }
  button.textContent = count === 1 ? button.dataset.one : button.dataset.other.replace("#", count);
}

function newPostsOf(page) {
  const rows = [...(page?.getElementById("feed")?.children ?? [])];
  return rows.filter((row) => keyOf(row) && !document.getElementById(keyOf(row)));
}

async function lookForNewPosts() {
  if (!pill() || location.pathname !== "/" || isLaterPage()) return;
  for (const row of newPostsOf(await read(location.pathname))) waiting.add(keyOf(row));
  showPill();
}

async function putInNewPosts() {
  const feed = document.getElementById("feed");
  const page = await read(location.pathname);
  if (!page) return; // offline: the button stays
  const rows = newPostsOf(page);
  // When all that a page holds is new, there may be more between it and what is here.
  if (!feed || rows.length === page.getElementById("feed")?.children.length) return location.reload();
  waiting.clear();
  showPill();
  feed.prepend(...rows.map((row) => document.adoptNode(row)));
  for (const row of rows) window.htmx?.process(row);
  scrollTo({ top: 0, behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
  const first = feed.querySelector("article");
  first?.setAttribute("tabindex", "-1");
  first?.focus({ preventScroll: true });
}

// --- ---

const isLaterPage = () => new URLSearchParams(location.search).has("page");

async function read(address) {
  try {
    const answer = await fetch(address, { headers: { Accept: "text/html" } });
    if (!answer.ok || answer.redirected) return null;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    // Somebody else has logged in in this browser since: theirs does not belong into this page.
    return page.body.dataset.person === document.body.dataset.person ? page : null;
  } catch {
    return null; // offline: the next news try again
  }
}
