/* The picture that was chosen is seen before it is sent. */

document.addEventListener("change", (event) => {
  const [file] = event.target.files ?? [];
  const shown = event.target.closest("[data-avatar]")?.querySelector(".avatar");
  if (!file || !shown) return;
  const picture = document.createElement("img");
  picture.className = "avatar avatar-large";
  picture.alt = "";
  picture.src = URL.createObjectURL(file);
  picture.addEventListener("load", () => URL.revokeObjectURL(picture.src));
  shown.replaceWith(picture);
});
