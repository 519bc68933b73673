// A page that the browser kept whole while one was elsewhere shows what is true by now.
const LIVING = "button[data-off][id], .entry[id], .post-summary[id], #comments-head, #mark-all";

// What is pressed while the page is read is newer than what was read.
let pressed = new Set();
const isPressed = (part) => [part, ...part.querySelectorAll("[id]")].some(({ id, dataset }) => pressed.has(id) || "waits" in dataset);
for (const name of ["htmx:beforeRequest", "htmx:afterRequest"]) {
  document.addEventListener(name, ({ detail }) => pressed.add(detail.elt.id));
}

async function freshen() {
  let part;
  pressed = new Set();
  const { person = "" } = document.body.dataset;
  try {
    const answer = await fetch(location.href, { headers: { "HX-Request": "true", "HX-Current-URL": location.href, "X-Person": person } });
    if ((answer.headers.get("X-Person") ?? person) !== person) {
      // Somebody else is logged in by now, or nobody: this page is not theirs to read.
      document.documentElement.hidden = true;
      location.reload();
      return;
    }
    if (!answer.ok || answer.redirected) return;
    part = new DOMParser().parseFromString(await answer.text(), "text/html");
  } catch {
    return; // offline: what is shown is the best there is
  }
  const lists = [...part.querySelectorAll(".replies[data-total]")];
  const posts = Object.fromEntries(lists.map(({ id, dataset }) => [id.replace("replies-of-", ""), { comments: dataset.total - dataset.besides }]));
  document.dispatchEvent(new CustomEvent("counts", { detail: { posts } }));
  for (const old of document.querySelectorAll(LIVING)) {
    const now = part.getElementById(old.id);
    if (!now || now.isEqualNode(old) || isPressed(old)) continue;
    const focused = old.contains(document.activeElement) && document.activeElement;
    old.replaceWith(now);
    htmx.process(now);
    const again = focused && document.getElementById(focused.id);
    if (!again) continue;
    if (focused.tabIndex < 0) again.tabIndex = focused.tabIndex; // an entry that the keys stepped to
    again.focus({ preventScroll: true });
  }
}

// Kept whole (persisted), or built again from what was fetched then: both are as old.
const [visit] = performance.getEntriesByType("navigation");
window.addEventListener("pageshow", ({ persisted }) => {
  if (persisted || (visit?.type === "back_forward" && visit.transferSize === 0)) freshen();
});
document.addEventListener("stale", freshen);

// All of an inbox was marked read: so are the entries on this page, also those of pages that were added.
document.addEventListener("all-read", () => {
  for (const mark of document.querySelectorAll('.entry-mark[data-on="yes"]')) {
    mark.dataset.on = "no";
    mark.formAction = mark.getAttribute("hx-post");
    mark.closest(".entry").classList.remove("entry-unread");
  }
  const all = document.getElementById("mark-all");
  if (all === document.activeElement) document.getElementById("main").focus({ preventScroll: true });
  if (all) all.hidden = true;
});
