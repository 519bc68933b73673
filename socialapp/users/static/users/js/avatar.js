/* The picture that was chosen is seen before it is sent. */

for (const input of document.querySelectorAll("[data-avatar] input[type=file]")) {
  const shown = input.closest("[data-avatar]").querySelector(".avatar");
  input.addEventListener("change", () => {
    const [file] = input.files;
    if (!file) return;
    const picture = document.createElement("img");
    picture.className = "avatar avatar-large";
    picture.alt = "";
    picture.src = URL.createObjectURL(file);
    picture.addEventListener("load", () => URL.revokeObjectURL(picture.src));
    (input.shownInstead ?? shown).replaceWith(picture);
    input.shownInstead = picture;
  });
}
