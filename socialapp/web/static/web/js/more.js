// After more of a list came: nothing stands in it twice, and the focus is on the button, or on what came if there is no more.
let pressed = null;

document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  if (detail.elt.id === "older-link") pressed = { list: detail.target, length: detail.target.children.length };
});

document.addEventListener("htmx:afterSettle", ({ target }) => {
  if (!pressed || target !== pressed.list) return;
  const [list, length] = [pressed.list, pressed.length];
  pressed = null;
  const seen = new Set();
  for (const item of [...list.children]) {
    const id = item.id || item.querySelector("[id]")?.id;
    if (id && seen.has(id)) item.remove();
    seen.add(id);
  }
  const first = list.children[length]?.querySelector("[data-item], a[href]");
  if (first && !document.getElementById("older-link")) {
    if (first.matches("[data-item]")) first.tabIndex = -1;
    first.focus({ preventScroll: true });
  }
});
