// "2 min ago" stays true while the page is open; hovered, a time is told in the reader's own time zone.
const words = document.getElementById("words").dataset;
const SKEW_MS = Number(words.at) - Date.now();
const MINUTE = 60000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

// Days are those of the reader, here and (by this cookie, socialapp.web.time_zones) on the server.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && !document.cookie.split("; ").includes(`zone=${zone}`)) {
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `zone=${zone}; path=/; max-age=31536000; samesite=lax${secure}`;
}

// As the server writes them: English is not American here.
const language = document.documentElement.lang === "en" ? "en-GB" : document.documentElement.lang;
const monthDay = new Intl.DateTimeFormat(language, { day: "numeric", month: "long" });
const wholeDate = new Intl.DateTimeFormat(language, { day: "numeric", month: "long", year: "numeric" });
const exact = new Intl.DateTimeFormat(language, {
  weekday: "long",
  day: "numeric",
  month: "long",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  timeZoneName: "short",
});

const dayOf = (at) => Date.UTC(at.getFullYear(), at.getMonth(), at.getDate()) / DAY;

// As socialapp.web.templatetags.humanize.time_in_words.
function inWords(at, now) {
  const past = now - at;
  if (past < MINUTE) return words.now;
  if (past < HOUR) return words.minutes.replace("#", Math.floor(past / MINUTE));
  const days = dayOf(now) - dayOf(at);
  if (past < 12 * HOUR || days === 0) return words.hours.replace("#", Math.floor(past / HOUR));
  if (days === 1) return words.yesterday;
  if (days < 7) return words.days.replace("#", days);
  return (at.getFullYear() === now.getFullYear() ? monthDay : wholeDate).format(at);
}

function refresh() {
  if (document.hidden) return;
  const now = new Date(Date.now() + SKEW_MS);
  for (const time of document.querySelectorAll("time[data-ago]")) {
    const text = inWords(new Date(time.dateTime), now);
    if (time.textContent !== text) time.textContent = text;
  }
}

document.addEventListener("pointerover", ({ target }) => {
  const time = target.closest?.("time[data-ago]");
  if (time) time.title = exact.format(new Date(time.dateTime));
});

setInterval(refresh, MINUTE / 4);
document.addEventListener("visibilitychange", refresh);
window.addEventListener("pageshow", refresh);
