// Of many tabs on a narrow screen, the one that is open is in the middle. The strip itself is scrolled: scrollIntoView()
// would also have the Tab key start from there, past the link that skips to the content.
const tab = document.querySelector(".tab[aria-current]");
const strip = tab?.closest(".tabs");
if (strip) {
  const before = tab.getBoundingClientRect().left - strip.getBoundingClientRect().left;
  strip.scrollLeft += before - (strip.clientWidth - tab.offsetWidth) / 2;
}
