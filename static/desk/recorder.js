// A voice message recorded in the page. What it gives the composer is a file like any other, marked as voice.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const composer = document.getElementById("composer"), button = document.getElementById("record");
  const note = composer.querySelector(".composer-note"), strip = composer.querySelector(".composer-recording");
  const clock = strip?.querySelector("b");
  // The services' own longest, in seconds.
  const LONGEST = 300;
  let recording = null, thenSend = false, isAsking = false;

  function say(text) { note.textContent = text; note.classList.toggle("is-bad", Boolean(text)); }

  async function start() {
    const obstacle = Recording.obstacle(button.dataset);
    say(obstacle);
    if (obstacle || recording || isAsking) return;
    isAsking = true;
    try {
      recording = await Recording.begin({
        longest: LONGEST, onEnd: ended,
        onTick: (time) => { clock.textContent = time; }, onLongest: () => say(button.dataset.longest),
      });
    }
    catch { say(button.dataset.denied); return; }
    finally { isAsking = false; }
    strip.hidden = false; button.hidden = true;
    strip.querySelector("[data-record-stop]").focus();
  }

  function stop(keep) { recording?.stop(keep); }

  function ended(file) {
    recording = null;
    strip.hidden = true; button.hidden = false;
    const send = thenSend;
    thenSend = false;
    if (!file) { button.focus(); return; }
    composer.dispatchEvent(new CustomEvent("recorded", {detail: file}));
    if (send) composer.requestSubmit();
  }

  button.addEventListener("click", start);
  strip?.querySelector("[data-record-stop]").addEventListener("click", () => stop(true));
  strip?.querySelector("[data-record-cancel]").addEventListener("click", () => stop(false));
  // «Send» while it runs: it ends here and goes. Captured, to be there before the composer itself.
  composer.addEventListener("submit", (event) => {
    if (!recording) return;
    event.preventDefault(); event.stopImmediatePropagation();
    thenSend = true;
    stop(true);
  }, {capture: true});

  window.addEventListener("beforeunload", (event) => { if (recording) event.preventDefault(); });
});
