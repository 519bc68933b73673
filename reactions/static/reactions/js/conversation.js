// A conversation: one replies in place, and replies of others arrive by themselves.
const FEW = 10; // of the last of a list, looked at again with what is new
const LOOKS = 10; // one after another: who is further behind reads on from the page itself
// So much greater are the ids of replies that may be there already when one that was made before them is stored.
const LATE = 20_000 * 4096; // milliseconds, and numbers in each (socialapp.posts.ids)
const person = document.body.dataset.person ?? "";

const listOf = (post) => document.getElementById(`replies-of-${post}`);
const idOf = (branch) => Number(branch.id.replace("branch-", ""));
const postOf = (branch) => branch.querySelector(":scope > article");
const isShown = (branch) => !branch.hidden && postOf(branch)?.hidden === false;

// --- the page opens at its post, with a glimpse of what that answers above it ---

const alone = document.querySelector(".above + .post-alone");
if (alone && !location.hash && !scrollY && alone.getBoundingClientRect().bottom > innerHeight) {
  alone.scrollIntoView({ block: "start", behavior: "instant" });
}
if (location.hash === "#reply") document.querySelector("#reply textarea")?.focus({ preventScroll: true });

// --- the form in place ---

const isInPlace = (form) => form?.matches(".reply-in-place");

// Pressed again, or while another is open: one form at a time. What is written in the other is kept as a draft.
document.addEventListener("htmx:beforeRequest", (event) => {
  const { elt, target } = event.detail;
  if (!elt.matches(".action-comment")) return;
  const box = target.querySelector("textarea");
  if (box) {
    event.preventDefault();
    box.focus();
    return;
  }
  document.querySelectorAll(".reply-in-place").forEach((form) => close(form));
});

document.addEventListener("htmx:afterSettle", ({ target }) => {
  if (target.matches(".reply-place")) target.querySelector("form")?.scrollIntoView({ block: "nearest" });
});

function close(form) {
  form.dispatchEvent(new Event("leaving", { bubbles: true }));
  form.remove();
  return document.getElementById(form.id.replace("reply-to-", "comment-on-"));
}

document.addEventListener("click", ({ target }) => {
  if (target.closest("[data-reply-close]")) close(target.closest("form"))?.focus();
});
document.addEventListener("keydown", (event) => {
  const form = event.target.closest?.("form");
  if (event.key !== "Escape" || event.defaultPrevented || event.isComposing || !isInPlace(form)) return;
  event.preventDefault();
  close(form)?.focus();
});

// --- one's own ---

document.addEventListener("arrived", ({ detail }) => {
  const [branch, ...twice] = [...document.querySelectorAll(`[id="${detail.id}"]`)].reverse();
  if (!branch) return;
  twice.forEach((one) => one.remove()); // the live module was faster
  waiting.delete(branch.id);
  showPill();
  const list = listOf(detail.post);
  if (list && !twice.length) list.dataset.total = Number(list.dataset.total) + 1;
  announce({ [detail.post]: { comments: detail.comments } });
  highlight(branch);
  const item = branch.querySelector("[data-item]");
  item.tabIndex = -1;
  item.focus({ preventScroll: true });
  item.scrollIntoView({ block: "nearest" });
});

const announce = (posts) => document.dispatchEvent(new CustomEvent("counts", { detail: { posts } }));
const highlight = (branch) => branch.classList.add("branch-new");

// Deleted and brought back: the list has one less, and one more. The counts come with the answer.
for (const [name, by] of [["gone", -1], ["restored", 1]]) {
  document.addEventListener(name, ({ detail }) => {
    const list = document.getElementById(detail.id)?.closest(".branch")?.parentElement;
    if (list?.dataset.total) list.dataset.total = Number(list.dataset.total) + by;
  });
}

// --- those of others ---

const waiting = new Map(); // replies that would push what one reads, by id, each with its list
const looking = new Set();
// Events have the count for everybody. A list may have other replies for its viewer (socialapp.posts.conversations).
const countForAll = ({ dataset }) => Number(dataset.total) - Number(dataset.besides);

document.addEventListener("counts", ({ detail }) => {
  for (const [post, { comments }] of Object.entries(detail.posts)) {
    const list = listOf(post);
    if (!list || comments === undefined || countForAll(list) === comments) continue;
    list.dataset.total = comments + Number(list.dataset.besides);
    look(post, list);
  }
});

async function look(post, list) {
  const more = document.getElementById(`more-of-${post}`);
  if (more && !more.hidden) return showMore(more, list);
  if (isThread(list) && document.getElementById("older-link")) return; // they come with the next page
  if (looking.has(post)) return;
  looking.add(post);
  try {
    let total;
    do {
      total = countForAll(list);
      await take(post, list);
    } while (list.isConnected && total !== countForAll(list)); // there was more meanwhile
  } finally {
    looking.delete(post);
  }
}

// What is beyond the last few of the list is what the server says: put in, and taken out.
async function take(post, list) {
  const known = [...list.children, ...[...waiting.values()].filter((one) => one.list === list).map(({ branch }) => branch)];
  const ids = known.map(idOf).sort((one, other) => one - other);
  // What stands before the first of a later page is on the pages before it.
  const first = isThread(list) && document.querySelector("#comments [rel=prev]") && ids.length ? ids[0] - 1 : Number(post);
  let after = ids.length < FEW ? first : Math.max(first, Math.min(ids.at(-FEW), ids.at(-1) - LATE) - 1);
  for (let looks = 0; looks < LOOKS && after < Infinity; looks++) {
    const answer = await read(`${list.dataset.replies}?after=${after}`);
    if (!answer || !list.isConnected) return;
    if (answer.besides !== list.dataset.besides) correct(post, list, answer.besides);
    const found = new Map(answer.branches.map((branch) => [branch.id, branch]));
    for (const branch of known) {
      if (idOf(branch) > after && idOf(branch) <= answer.upTo) settle(branch, found.get(branch.id));
    }
    for (const branch of answer.branches) {
      if (document.getElementById(branch.id) || waiting.has(branch.id)) continue;
      if (pushes(list)) waiting.set(branch.id, { branch, list });
      else putIn(branch, list);
    }
    showPill();
    after = answer.upTo;
  }
}

function correct(post, list, besides) {
  const comments = countForAll(list);
  const places = document.querySelectorAll(`[data-post="${post}"] [data-count="comments"]`);
  for (const { dataset } of [list, ...places]) dataset.besides = besides;
  list.dataset.total = comments + Number(besides);
  announce({ [post]: { comments } });
}

// What cannot be seen any more goes, what came back is shown again. What somebody stands on, and what they deleted
// and may bring back, is left alone.
function settle(branch, now) {
  if (now && postOf(now)) {
    if (postOf(branch)) return;
    branch.querySelector(":scope > .post-gone").replaceWith(postOf(now));
    window.htmx?.process(branch);
    return;
  }
  if (!isShown(branch)) return;
  if ((now ? postOf(branch) : branch).contains(document.activeElement)) return;
  if (now) postOf(branch).replaceWith(now.querySelector(":scope > .post-gone"));
  else branch.remove();
  waiting.delete(branch.id);
}

// In the order of time.
function putIn(branch, list) {
  const later = [...list.children].find((one) => idOf(one) > idOf(branch));
  list.insertBefore(branch, later ?? null);
  highlight(branch);
  window.htmx?.process(branch);
}

// Whether what is put at the end of the list would move what somebody sees.
function pushes(list) {
  const end = list.children.length ? list : list.parentElement;
  if (end.getBoundingClientRect().bottom >= innerHeight) return false;
  for (let part = list; part && part.id !== "comments"; part = part.parentElement) {
    for (let next = part.nextElementSibling; next; next = next.nextElementSibling) {
      if (next.offsetHeight && !next.matches(".thread-none")) return true;
    }
  }
  return false;
}

const isThread = (list) => list.matches(".thread");

function showMore(more, list) {
  const count = Number(list.dataset.total) - [...list.children].filter(isShown).length;
  more.hidden = count <= 0;
  more.textContent = count === 1 ? more.dataset.one : more.dataset.other.replace("#", count);
}

function showPill() {
  const pill = document.getElementById("replies-new");
  let button = pill?.querySelector("button");
  if (!waiting.size) {
    button?.remove();
    return;
  }
  if (!button) {
    pill.append(pill.querySelector("template").content.cloneNode(true));
    button = pill.querySelector("button");
    button.addEventListener("click", putInAll);
  }
  button.textContent = waiting.size === 1 ? button.dataset.one : button.dataset.other.replace("#", waiting.size);
}

function putInAll() {
  const branches = [...waiting.values()];
  waiting.clear();
  for (const { branch, list } of branches) if (list.isConnected) putIn(branch, list);
  showPill();
  const item = branches.find(({ branch }) => branch.isConnected)?.branch.querySelector("[data-item]");
  if (!item) return;
  item.tabIndex = -1;
  item.focus({ preventScroll: true });
  item.scrollIntoView({ block: "center" });
}

async function read(address) {
  try {
    const headers = { "HX-Request": "true", "HX-Current-URL": location.href, "X-Person": person };
    const answer = await fetch(address, { headers });
    if (!answer.ok || (answer.headers.get("X-Person") ?? person) !== person) return null;
    const list = document.createElement("template");
    list.innerHTML = await answer.text();
    const branches = [...document.importNode(list.content, true).children];
    const { headers: found } = answer;
    return { branches, upTo: Number(found.get("X-Up-To") ?? Infinity), besides: found.get("X-Besides") };
  } catch {
    return null; // offline: the next counts try again
  }
}
