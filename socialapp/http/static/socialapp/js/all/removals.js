// What is deleted leaves at once, comes back if that is refused, and comes back when it is undone.
const place = (selector) => document.querySelector(selector)?.closest("li");

document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  const leaving = detail.elt.dataset.hides && place(detail.elt.dataset.hides);
  if (!leaving) return;
  const hadFocus = leaving.contains(document.activeElement);
  leaving.hidden = true;
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
  item.hidden = false;
  focus(item);
}

// The next in the list, else the one before, else the page.
function focusNear(item) {
  const shown = (one) => one && !one.hidden;
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
