// What is deleted leaves at once, comes back if that is refused, and comes back when it is undone.
// In a conversation, what was answered keeps its place, and a sentence stands there.
function place(selector) {
  const post = document.querySelector(selector);
  const item = post?.closest("li");
  const isAnswered = item?.closest(".above") || item?.querySelector(":scope > .replies > li:not([hidden])");
  return isAnswered ? post : item;
}

const sentence = () => document.getElementById("gone-in-the-middle")?.content.cloneNode(true);

document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  const leaving = detail.elt.dataset.hides && place(detail.elt.dataset.hides);
  if (!leaving) return;
  const hadFocus = leaving.contains(document.activeElement);
  leaving.hidden = true;
  if (!leaving.matches("li")) leaving.after(sentence());
  if (hadFocus) focusNear(leaving);
});

document.addEventListener("htmx:afterRequest", ({ detail }) => {
  const leaving = detail.elt.dataset.hides && place(detail.elt.dataset.hides);
  if (leaving && !detail.successful) comeBack(leaving);
});

document.addEventListener("restored", ({ detail }) => {
  const gone = place(`#${CSS.escape(detail.id)}`);
  if (gone) comeBack(gone);
  else location.reload();
});

function comeBack(item) {
  if (item.nextElementSibling?.matches(".post-gone")) item.nextElementSibling.remove();
  item.hidden = false;
  focus(item);
}

// The next in the list, else the one before, else the page.
function focusNear(item) {
  const shown = (one) => one && !one.hidden;
  const row = item.matches("li") ? item : item.closest("li");
  if (row !== item) return focus(row.querySelector(":scope [data-item]:not([hidden])") ?? document.getElementById("main"));
  let near = item.nextElementSibling;
  while (near && near.hidden) near = near.nextElementSibling;
  if (!near) near = item.previousElementSibling;
  while (near && near.hidden) near = near.previousElementSibling;
  focus(shown(near) ? near : document.getElementById("main"));
}

function focus(where) {
  const item = where.matches("[data-item]") ? where : (where.querySelector("[data-item]") ?? where);
  item.tabIndex = -1;
  item.focus({ preventScroll: true });
}
