// Workbooks that are being made in the background tell how far they are.
const lines = document.getElementById("call-files");

async function look() {
  if (!lines.querySelector("[data-unfinished]")) return;
  try {
    const answer = await fetch(lines.dataset.url);
    // Signed out meanwhile: that is another page.
    if (answer.redirected) return;
    if (answer.ok) lines.innerHTML = await answer.text();
  } catch {
    // No network for a moment: the next look tells.
  }
  setTimeout(look, 2000);
}

setTimeout(look, 2000);
