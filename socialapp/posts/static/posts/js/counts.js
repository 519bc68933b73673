// The counts below posts, and in the headline of a conversation, as an answer or the live module says that they are.
const words = document.getElementById("words").dataset;

// As socialapp.web.templatetags.humanize.compact.
function compact(count) {
  for (const [size, scale] of [[1e9, words.billions], [1e6, words.millions], [1e3, words.thousands]]) {
    if (count < size) continue;
    const tenths = Math.floor((count * 10) / size);
    const shown = tenths >= 100 || tenths % 10 === 0 ? Math.floor(tenths / 10) : tenths / 10;
    return scale.replace("#", shown.toLocaleString(document.documentElement.lang));
  }
  return String(count);
}

function show(place, countForAll) {
  const count = Math.max(countForAll + Number(place.dataset.besides ?? 0), 0);
  const text = compact(count);
  if (place.textContent !== text) place.textContent = text;
  const word = place.nextElementSibling;
  if (word?.dataset.none) {
    place.hidden = !count;
    word.textContent = !count ? word.dataset.none : count === 1 ? word.dataset.one : word.dataset.other;
  } else place.classList.toggle("none", !count);
}

document.addEventListener("counts", ({ detail }) => {
  for (const [post, counts] of Object.entries(detail.posts)) {
    for (const [name, count] of Object.entries(counts)) {
      document.querySelectorAll(`[data-post="${post}"] [data-count="${name}"]`).forEach((place) => show(place, count));
    }
  }
});
