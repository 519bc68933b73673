/* The pictures of a new post: chosen several at once, dropped or pasted; shown before they are sent; taken out again. */

function furnishAll() {
  for (const box of document.querySelectorAll('[data-pictures=""]')) furnish(box);
}

function furnish(box) {
  const form = box.closest("form");
  const places = [...box.querySelectorAll(".pictures-place")].map(placeOf);
  const said = box.querySelector("[data-said]");
  const choose = box.querySelector("template").content.firstElementChild.cloneNode(true);
  const chooser = choose.querySelector("input");
  box.querySelector("template").replaceWith(choose);
  const leftOut = new Set();
  box.dataset.pictures = "live";

  function add(files) {
    const sorry = [];
    for (const file of files) {
      const place = places.find((each) => each.isFree());
      const refused = refusal(file, place);
      if (refused) {
        sorry.push(refused.replace("{}", () => file.name));
        leftOut.add(file.name);
      } else place.take(file);
    }
    box.open = true;
    said.textContent = sorry.join(" ");
    tell();
  }

  function refusal(file, place) {
    if (!chooser.accept.split(",").includes(file.type)) return box.dataset.noPicture;
    if (file.size > Number(box.dataset.mostBytes)) return box.dataset.tooLarge;
    return place ? "" : box.dataset.tooMany;
  }

  function tell() {
    choose.hidden = !places.some((each) => each.isFree());
  }

  chooser.addEventListener("change", () => {
    add(chooser.files);
    chooser.value = "";
  });
  box.addEventListener("place-emptied", tell);
  // Whoever chose a file means it to be seen: what is sent without it is sent knowingly.
  form.addEventListener("submit", (event) => {
    if (!leftOut.size) return;
    if (confirm(box.dataset.without.replace("{}", () => [...leftOut].join(", ")))) leftOut.clear();
    else event.preventDefault();
  });
  form.addEventListener("paste", (event) => {
    if (!event.clipboardData.files.length) return;
    event.preventDefault();
    add(event.clipboardData.files);
  });
  form.addEventListener("dragover", (event) => {
    if (!event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    box.open = true;
    form.classList.add("drop-here");
  });
  form.addEventListener("dragleave", (event) => {
    if (!form.contains(event.relatedTarget)) form.classList.remove("drop-here");
  });
  form.addEventListener("drop", (event) => {
    if (!event.dataTransfer.files.length) return;
    event.preventDefault();
    form.classList.remove("drop-here");
    add(event.dataTransfer.files);
  });
  tell();
}

function placeOf(item) {
  const input = item.querySelector('input[type="file"]');
  const description = item.querySelector("textarea");
  const preview = item.querySelector("[data-preview]");
  const remove = item.querySelector("[data-remove]");
  const kept = item.querySelector("[data-kept]");
  const isFree = () => Boolean(input) && !("filled" in item.dataset);

  function take(file) {
    const carrier = new DataTransfer();
    carrier.items.add(file);
    input.files = carrier.files;
    const picture = document.createElement("img");
    picture.alt = "";
    picture.src = URL.createObjectURL(file);
    picture.addEventListener("load", () => URL.revokeObjectURL(picture.src));
    preview.replaceChildren(picture);
    item.dataset.filled = "";
  }

  async function showKept() {
    for (const pause of [0, 1000, 2000, 4000, 8000]) {
      await new Promise((resolve) => setTimeout(resolve, pause));
      const answer = await fetch(kept.dataset.kept).catch(() => null);
      const urls = answer?.ok && (await answer.json()).urls;
      if (urls && kept.isConnected) {
        const picture = document.createElement("img");
        picture.alt = "";
        const { pathname, href } = new URL(urls["480"]);
        picture.src = pathname.startsWith("/media/") ? pathname : href;
        preview.replaceChildren(picture);
        return;
      }
    }
  }

  function empty() {
    if (input) input.value = "";
    kept?.remove();
    item.querySelector(".pictures-kept")?.remove();
    item.querySelector(".errors")?.remove();
    description.value = "";
    preview.replaceChildren();
    delete item.dataset.filled;
    item.dispatchEvent(new Event("place-emptied", { bubbles: true }));
  }

  if (kept && !preview.children.length) showKept();
  remove.hidden = false;
  remove.addEventListener("click", empty);
  input?.addEventListener("change", () => (input.files.length ? take(input.files[0]) : empty()));
  return { isFree, take };
}

/* Pages may come and go without being loaded. */
new MutationObserver(furnishAll).observe(document.body, { childList: true, subtree: true });
furnishAll();
