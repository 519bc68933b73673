// How much room is left, once it is little; Ctrl or Cmd and Enter send.
const words = document.getElementById("words").dataset;

// As the server counts: code points, without what stands around the text.
const lengthOf = (text) => [...text.trim()].length;

function say(n, one, other) {
  return (n === 1 ? one : other).replace("#", n.toLocaleString(document.documentElement.lang));
}

function counter(area) {
  const known = area.parentElement.querySelector(".count");
  if (known) return known;
  const made = document.createElement("p");
  made.className = "count";
  made.setAttribute("role", "status");
  area.after(made);
  return made;
}

function look(area) {
  const limit = Number(area.dataset.limit);
  const left = limit - lengthOf(area.value);
  const near = left <= Math.min(200, limit / 5);
  const over = left < 0 ? say(-left, words.overOne, words.over) : "";
  if (!near && !area.parentElement.querySelector(".count")) return;
  const count = counter(area);
  count.textContent = over || (near ? say(left, words.leftOne, words.left) : "");
  count.classList.toggle("count-over", Boolean(over));
  // The browser says it, too, to who sends it all the same.
  area.setCustomValidity(over);
  if (over) area.setAttribute("aria-invalid", "true");
  else if (!area.form.querySelector(".errors")) area.removeAttribute("aria-invalid");
}

// What was wrong with a field when it was sent is no longer so, once it is changed.
document.addEventListener("input", ({ target }) => {
  const errors = target.id && document.getElementById(`${target.id}_error`);
  if (!errors) return;
  errors.remove();
  target.removeAttribute("aria-invalid");
  const described = (target.getAttribute("aria-describedby") ?? "").split(" ").filter((id) => id !== errors.id).join(" ");
  if (described) target.setAttribute("aria-describedby", described);
  else target.removeAttribute("aria-describedby");
});
document.addEventListener("input", ({ target }) => {
  if (target.matches("textarea[data-limit]")) look(target);
});
document.addEventListener("keydown", (event) => {
  const form = event.target.closest?.("textarea")?.form;
  if (form && event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    form.requestSubmit();
  }
});
document.querySelectorAll("textarea[data-limit]").forEach(look);
