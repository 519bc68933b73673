// Completes @names and #hashtags where they are typed: a text box with a listbox that pops up (ARIA Authoring
// Practices, "Editable Combobox With List Autocomplete"; a textarea keeps its own role). What the list holds, and
// what is said of it, comes from the server.

const BEGUN = /(?:^|[^\p{L}\p{M}\p{N}_@#/.&;=-])([@#][\p{L}\p{M}\p{N}_]{1,50})$/u;
const WAIT_MS = 120;
const GAP_PX = 4;
// What decides where a text area breaks its lines.
const LOOK = [
  "boxSizing", "width", "paddingTop", "paddingRight", "paddingBottom", "paddingLeft", "borderTopWidth",
  "borderRightWidth", "borderBottomWidth", "borderLeftWidth", "borderStyle", "fontFamily", "fontSize", "fontWeight",
  "fontStyle", "letterSpacing", "lineHeight", "textIndent", "textTransform", "tabSize", "direction",
];

let area = null;
let list = null;
let begun = "";
let refused = "";
let timer = 0;
let request = null;
let voice = null;
const answers = new Map();

document.addEventListener("input", (event) => {
  if (event.target.matches?.("textarea[data-complete]") && !event.isComposing) look(event.target);
});
document.addEventListener("keydown", (event) => {
  if (list && event.target === area && !event.isComposing) press(event);
});
document.addEventListener("selectionchange", () => {
  if (list && document.activeElement === area && !word(area)) close();
});
document.addEventListener("focusout", (event) => {
  if (event.target === area) close();
});
document.addEventListener("scroll", () => list && place(), { capture: true, passive: true });
window.addEventListener("resize", () => list && place());

function word(textarea) {
  if (textarea.selectionStart !== textarea.selectionEnd) return "";
  return textarea.value.slice(0, textarea.selectionStart).match(BEGUN)?.[1] ?? "";
}

function look(textarea) {
  clearTimeout(timer);
  request?.abort();
  const wanted = word(textarea);
  if (!wanted || wanted === refused) return close();
  refused = "";
  timer = setTimeout(() => ask(textarea, wanted), answers.has(wanted) ? 0 : WAIT_MS);
}

async function ask(textarea, wanted) {
  if (!answers.has(wanted)) {
    request = new AbortController();
    try {
      const address = `${textarea.dataset.complete}?q=${encodeURIComponent(wanted)}`;
      const answer = await fetch(address, { signal: request.signal, headers: { Accept: "text/html" } });
      if (!answer.ok) return close();
      answers.set(wanted, await answer.text());
    } catch (error) {
      return error.name === "AbortError" ? undefined : close();
    }
  }
  if (document.activeElement === textarea && word(textarea) === wanted) open(textarea, wanted);
}

function open(textarea, wanted) {
  close();
  const parts = document.createElement("template");
  parts.innerHTML = answers.get(wanted);
  const found = parts.content.querySelector("[role=listbox]");
  say(parts.content.querySelector("[data-said]").textContent);
  if (!found.children.length) return;
  [area, list, begun] = [textarea, found, wanted];
  // The text keeps the focus while one points into the list.
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => take(event.target.closest("[role=option]")));
  (area.form ?? document.body).append(list);
  area.setAttribute("aria-autocomplete", "list");
  area.setAttribute("aria-haspopup", "listbox");
  area.setAttribute("aria-controls", list.id);
  choose(list.firstElementChild);
  place();
}

function close() {
  list?.remove();
  area?.removeAttribute("aria-controls");
  area?.removeAttribute("aria-activedescendant");
  [area, list, begun] = [null, null, ""];
}

function press(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const options = [...list.children];
  const at = options.findIndex((option) => option.ariaSelected === "true");
  if (event.key === "ArrowDown") choose(options[(at + 1) % options.length]);
  else if (event.key === "ArrowUp") choose(options[(at - 1 + options.length) % options.length]);
  else if ((event.key === "Enter" || event.key === "Tab") && !event.shiftKey) take(options[at]);
  else if (event.key === "Escape") {
    refused = begun;
    close();
  } else return;
  event.preventDefault();
  event.stopImmediatePropagation();
}

function choose(option) {
  for (const other of list.children) other.setAttribute("aria-selected", String(other === option));
  area.setAttribute("aria-activedescendant", option.id);
  option.scrollIntoView({ block: "nearest" });
}

function take(option) {
  if (!option) return;
  const [textarea, text, end] = [area, `${option.dataset.insert} `, area.selectionStart];
  const start = end - word(textarea).length;
  close();
  textarea.setSelectionRange(start, end);
  // Deprecated, and the one way to change a text that Undo takes back.
  if (!document.execCommand("insertText", false, text)) {
    textarea.setRangeText(text, start, end, "end");
    textarea.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

function say(text) {
  voice ??= Object.assign(document.createElement("p"), { className: "unseen", role: "status" });
  if (!voice.isConnected) document.body.append(voice);
  voice.textContent = text;
}

function place() {
  const word = caret();
  const size = list.getBoundingClientRect();
  const below = word.bottom + GAP_PX;
  const fits = below + size.height <= window.innerHeight || word.top - GAP_PX - size.height < 0;
  const left = Math.max(8, Math.min(word.left, document.documentElement.clientWidth - size.width - 8));
  list.style.left = `${left}px`;
  list.style.top = `${fits ? below : word.top - GAP_PX - size.height}px`;
}

// Where the word begins on the screen, measured in a copy of the text area that breaks its lines alike.
function caret() {
  const copy = document.createElement("div");
  const look = getComputedStyle(area);
  for (const name of LOOK) copy.style[name] = look[name];
  Object.assign(copy.style, {
    position: "absolute", top: "0", left: "0", visibility: "hidden", whiteSpace: "pre-wrap", overflowWrap: "break-word",
  });
  const mark = document.createElement("span");
  mark.textContent = begun;
  copy.append(area.value.slice(0, area.selectionStart - begun.length), mark);
  document.body.append(copy);
  const box = area.getBoundingClientRect();
  const left = box.left + mark.offsetLeft - area.scrollLeft;
  const top = box.top + mark.offsetTop - area.scrollTop;
  const height = mark.getClientRects()[0].height;
  copy.remove();
  return { left, top, bottom: Math.min(top + height, box.bottom) };
}
