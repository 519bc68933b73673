// What happens elsewhere appears by itself: one stream for all tabs of a browser, told to each of them.
import { show } from "./live/page.js";
import { Shared } from "./live/shared.js";

const place = document.getElementById("live");
if (place) {
  const { person, news, cursor } = place.dataset;
  // A bare port is one of the host by which the page was reached.
  const url = place.dataset.url.replace(/^:/, `${location.protocol}//${location.hostname}:`);
  const shared = new Shared({ person, url, news, cursor, emit: show });
  const posts = () => [...document.querySelectorAll("[data-post]")].map((post) => Number(post.dataset.post));

  let noted = 0;
  new MutationObserver(() => {
    clearTimeout(noted);
    noted = setTimeout(() => shared.see(posts()), 300);
  }).observe(document.getElementById("main"), { childList: true, subtree: true });

  shared.see(posts());
  shared.start();
  // A page in the back-forward cache must not hold the stream; one that comes back from it catches up.
  addEventListener("pagehide", () => shared.stop());
  addEventListener("pageshow", (event) => event.persisted && shared.start());
}
