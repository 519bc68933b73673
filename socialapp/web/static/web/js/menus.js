// A menu closes when something in it is pressed, when somebody looks elsewhere, and by Escape.
const open = () => document.querySelectorAll("details.menu[open]");

document.addEventListener("click", ({ target }) => {
  for (const menu of open()) {
    if (!menu.contains(target) || target.closest(".menu-list a, .menu-list button")) menu.open = false;
  }
});
document.addEventListener("keydown", ({ key }) => {
  if (key !== "Escape") return;
  for (const menu of open()) {
    menu.open = false;
    if (menu.contains(document.activeElement)) menu.querySelector("summary").focus();
  }
});
