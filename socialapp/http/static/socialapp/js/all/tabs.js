// Of many tabs on a narrow screen, the one that is open is in view.
document.querySelector(".tab[aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
