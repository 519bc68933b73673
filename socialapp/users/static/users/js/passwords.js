// A password is shown while its button is pressed in, and hidden again when it is sent or the page is left.
const buttons = [...document.querySelectorAll("[data-reveal]")];

function show(button, yes) {
  document.getElementById(button.dataset.reveal).type = yes ? "text" : "password";
  button.setAttribute("aria-pressed", yes);
}

for (const button of buttons) {
  button.hidden = false;
  button.addEventListener("click", () => show(button, button.getAttribute("aria-pressed") === "false"));
}
const hide = () => buttons.forEach((button) => show(button, false));
document.addEventListener("submit", hide);
window.addEventListener("pagehide", hide);
