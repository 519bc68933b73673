/* Pictures of posts: one that is being prepared appears by itself; one that is pressed opens large, on this page. */

const PAUSES_MS = [1000, 1500, 2500, 4000, 6000, 10000, 15000, 30000];
const SWIPE_PX = 40;
const awaited = new WeakSet();

function awaitPictures() {
  for (const gallery of document.querySelectorAll("[data-gallery]:has([data-waiting])")) {
    if (!awaited.has(gallery)) {
      awaited.add(gallery);
      setTimeout(look, PAUSES_MS[0], gallery, 1);
    }
  }
}

async function look(gallery, times) {
  if (!gallery.isConnected) return;
  const fresh = await fetched(gallery.dataset.gallery);
  const stillWaiting = gallery.querySelectorAll("[data-waiting]").length;
  if (fresh && fresh.querySelectorAll("[data-waiting]").length < stillWaiting) {
    gallery.replaceWith(fresh);
  } else if (times < PAUSES_MS.length) {
    setTimeout(look, PAUSES_MS[times], gallery, times + 1);
  }
}

async function fetched(address) {
  try {
    const answer = await fetch(address);
    if (!answer.ok) return null;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    return document.adoptNode(page.querySelector("[data-gallery]"));
  } catch {
    return null;
  }
}

function open(link) {
  const gallery = link.closest("[data-gallery]");
  const links = [...gallery.querySelectorAll(".gallery-open")];
  const dialog = gallery.querySelector("template").content.firstElementChild.cloneNode(true);
  const picture = dialog.querySelector("img");
  const steps = dialog.querySelectorAll("[data-step]");
  let place = links.indexOf(link);

  function show(number) {
    place = Math.min(Math.max(number, 0), links.length - 1);
    const small = links[place].querySelector("img");
    picture.width = small.width && small.getAttribute("width");
    picture.height = small.getAttribute("height");
    picture.src = links[place].href;
    picture.alt = small.alt;
    dialog.querySelector("figcaption").textContent = small.alt;
    for (const button of steps) {
      const leads = Boolean(links[place + Number(button.dataset.step)]);
      if (!leads && button === document.activeElement) dialog.querySelector("[data-close]").focus();
      button.hidden = !leads;
    }
  }

  for (const button of steps) {
    button.addEventListener("click", () => show(place + Number(button.dataset.step)));
  }
  dialog.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step && links.length > 1) {
      event.preventDefault();
      show(place + step);
    }
  });
  let touched = null;
  dialog.addEventListener("touchstart", ({ touches }) => (touched = touches.length === 1 ? touches[0] : null), { passive: true });
  // A pan that starts and is then not allowed makes Chromium swallow the next tap: so it does not start.
  dialog.addEventListener(
    "touchmove",
    (event) => {
      if (touched && event.cancelable && isAcross(touched, event.changedTouches[0])) event.preventDefault();
    },
    { passive: false },
  );
  dialog.addEventListener("touchend", ({ changedTouches: [left] }) => {
    if (touched && isSwipe(touched, left)) show(place + (left.clientX < touched.clientX ? 1 : -1));
    touched = null;
  });
  dialog.addEventListener("click", (event) => {
    if (event.target.closest("[data-close]") || event.target === dialog || event.target.tagName === "FIGURE") dialog.close();
  });
  dialog.addEventListener("close", () => {
    dialog.remove();
    links[place].focus({ preventScroll: true });
  });
  show(place);
  document.body.append(dialog);
  dialog.showModal();
}

const isSwipe = (from, to) => isAcross(from, to) && Math.abs(to.clientX - from.clientX) >= SWIPE_PX;

// Of a picture that is enlarged, a finger moves another part into view.
function isAcross(from, to) {
  const isEnlarged = (visualViewport?.scale ?? 1) > 1;
  return !isEnlarged && Math.abs(to.clientX - from.clientX) > 2 * Math.abs(to.clientY - from.clientY);
}

document.addEventListener("click", (event) => {
  const link = event.target.closest(".gallery-open");
  if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  // Reached by the keyboard while it is blurred: it is shown here first.
  const veil = link.closest(".veil")?.querySelector(".veil-switch:not([open])");
  if (veil) veil.open = true;
  else open(link);
});

new MutationObserver(awaitPictures).observe(document.body, { childList: true, subtree: true });
awaitPictures();
