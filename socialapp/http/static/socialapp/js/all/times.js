// "2 min ago" stays true while the page is open; hovered, a time is told in the reader's own time zone.
const words = document.getElementById("words").dataset;
const SKEW_MS = Number(words.at) - Date.now();
const MINUTE = 60000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

// As socialapp.http.templatetags.reading.time_in_words. A date, once it is one, does not change.
function inWords(at, now) {
  const past = now - at;
  if (past < MINUTE) return words.now;
  if (past < HOUR) return words.minutes.replace("#", Math.floor(past / MINUTE));
  const days = Math.floor(now / DAY) - Math.floor(at / DAY);
  if (past < 12 * HOUR || days === 0) return words.hours.replace("#", Math.floor(past / HOUR));
  if (days === 1) return words.yesterday;
  return days < 7 ? words.days.replace("#", days) : null;
}

function refresh() {
  if (document.hidden) return;
  const now = Date.now() + SKEW_MS;
  for (const time of document.querySelectorAll("time[data-ago]")) {
    const text = inWords(Date.parse(time.dateTime), now);
    if (text && time.textContent !== text) time.textContent = text;
  }
}

const exact = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "full", timeStyle: "short" });
document.addEventListener("pointerover", ({ target }) => {
  const time = target.closest?.("time[data-ago]");
  if (time) time.title = exact.format(new Date(time.dateTime));
});

setInterval(refresh, MINUTE / 4);
document.addEventListener("visibilitychange", refresh);
window.addEventListener("pageshow", refresh);
