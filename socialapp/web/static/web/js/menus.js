// A menu closes when something in it is pressed, when somebody looks elsewhere, and by Escape.
const open = () => document.querySelectorAll("details.menu[open]");

document.addEventListener("click", ({ target, detail }) => {
  for (const menu of open()) {
    if (!menu.contains(target) || target.closest(".menu-list a, .menu-list button")) menu.open = false;
  }
  // A choice that is pressed is made; one that arrows pass over is not, and its click has no place.
  const choice = target.closest(".menu-list label");
  if (choice && detail && target.tagName !== "INPUT") {
    const menu = choice.closest("details.menu");
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});
document.addEventListener("keydown", ({ key }) => {
  if (key !== "Escape") return;
  for (const menu of open()) {
    menu.open = false;
    if (menu.contains(document.activeElement)) menu.querySelector("summary").focus();
  }
});
