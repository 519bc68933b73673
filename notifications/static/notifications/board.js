// Looks at the figures again every few seconds, while somebody looks at the page.
const board = document.getElementById("board");

async function look() {
  if (document.hidden) return;
  try {
    const answer = await fetch("?part", { headers: { Accept: "text/html" } });
    if (answer.ok && !answer.redirected) board.innerHTML = await answer.text();
  } catch {
    // The next look may find the server again.
  }
}

setInterval(look, 3000);
