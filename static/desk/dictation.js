// An answer spoken instead of typed: recorded, sent to the server, and there made a letter. The page shows how far
// it is by its own looks; a recording that could not be sent stays until it is, or is deleted.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const composer = document.getElementById("composer"), talk = document.getElementById("talk");
  const button = document.getElementById("dictate"), words = composer.elements.text;
  const note = composer.querySelector(".composer-note"), going = document.getElementById("dictating"), kept = document.getElementById("dictated");
  const LONGEST = 300, UPLOAD = 180000;
  let recording = null, isAsking = false, unsent = null;

  function say(text, bad) { note.textContent = text; note.classList.toggle("is-bad", Boolean(bad && text)); }
  function look() { talk.dispatchEvent(new Event("desk:sent")); }

  async function start() {
    const obstacle = Recording.obstacle(button.dataset);
    say(obstacle, true);
    if (obstacle || recording || isAsking || unsent) return;
    isAsking = true;
    try {
      recording = await Recording.begin({
        longest: LONGEST, onEnd: ended,
        onTick: (time) => { going.querySelector("b").textContent = time; }, onLongest: () => say(button.dataset.longest, true),
      });
    }
    catch { say(button.dataset.denied, true); return; }
    finally { isAsking = false; }
    going.hidden = false; button.disabled = true;
    going.querySelector("[data-dictate-stop]").focus();
  }

  function ended(file) {
    recording = null;
    going.hidden = true; button.disabled = false;
    if (!file) { button.focus(); return; }
    unsent = new FormData();
    unsent.set("file", file);
    unsent.set("key", Desk.newKey());
    upload();
  }

  // The key stays with the recording: sent twice it is one.
  async function upload() {
    kept.hidden = true; button.disabled = true;
    say(button.dataset.uploading);
    const answer = await Desk.post(button.dataset.url, unsent, talk.dataset, UPLOAD);
    button.disabled = false;
    say("");
    // The buttons of the recording are gone.
    if (document.activeElement === document.body) button.focus();
    if (answer.ok) { unsent = null; look(); return; }
    kept.querySelector("[role=alert]").textContent = answer.error;
    kept.hidden = false;
  }

  button.addEventListener("click", start);
  going.querySelector("[data-dictate-stop]").addEventListener("click", () => recording?.stop(true));
  going.querySelector("[data-dictate-cancel]").addEventListener("click", () => recording?.stop(false));
  kept.querySelector("[data-dictate-again]").addEventListener("click", upload);
  kept.querySelector("[data-dictate-drop]").addEventListener("click", () => { unsent = null; kept.hidden = true; button.focus(); });
  window.addEventListener("beforeunload", (event) => { if (recording || unsent) event.preventDefault(); });

  // Under what is typed already: neither is lost.
  document.getElementById("draft").addEventListener("click", async (event) => {
    const insert = event.target.closest("[data-dictation-insert]");
    if (!insert) return;
    const text = insert.closest("[data-dictation]").querySelector("[data-dictation-text]").content.textContent;
    words.value = words.value.trim() ? `${words.value.trimEnd()}\n${text}` : text;
    words.dispatchEvent(new Event("input", {bubbles: true}));
    words.focus();
    insert.disabled = true;
    const answer = await Desk.post(insert.dataset.dictationInsert, new FormData(), talk.dataset);
    if (!answer.ok) { insert.disabled = false; say(answer.error, true); }
    look();
  });
});
