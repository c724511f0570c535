// A voice message recorded in the page. What it gives the composer is a file like any other, marked as voice.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const composer = document.getElementById("composer"), button = document.getElementById("record");
  const note = composer.querySelector(".composer-note"), strip = composer.querySelector(".composer-recording");
  const clock = strip?.querySelector("b");
  // The services' own longest, in seconds; and speech needs no more bits.
  const LONGEST = 300, BITS = 32000;
  const TYPES = {"audio/ogg;codecs=opus": "ogg", "audio/webm;codecs=opus": "webm", "audio/mp4": "m4a", "audio/webm": "webm"};
  let recorder = null, began = 0, timer = null, isKept = false, thenSend = false, isAsking = false;

  function say(text) { note.textContent = text; note.classList.toggle("is-bad", Boolean(text)); }

  // Why nothing can be recorded here; the button stays, so that the reason can be asked for on a phone, too.
  function reason() {
    if (button.dataset.refused) return button.dataset.refused;
    if (!navigator.mediaDevices?.getUserMedia) return window.isSecureContext ? button.dataset.unable : button.dataset.insecure;
    return window.MediaRecorder ? "" : button.dataset.unable;
  }

  function seconds() { return Math.floor((performance.now() - began) / 1000); }
  function tick() {
    clock.textContent = `${Math.floor(seconds() / 60)}:${String(seconds() % 60).padStart(2, "0")}`;
    if (seconds() >= LONGEST) { say(button.dataset.longest); stop(true); }
  }

  async function start() {
    say(reason());
    if (reason() || recorder || isAsking) return;
    isAsking = true;
    let stream;
    try { stream = await navigator.mediaDevices.getUserMedia({audio: {channelCount: 1, echoCancellation: true, noiseSuppression: true}}); }
    catch { say(button.dataset.denied); return; }
    finally { isAsking = false; }
    const type = Object.keys(TYPES).find((one) => MediaRecorder.isTypeSupported(one)) ?? "";
    recorder = new MediaRecorder(stream, {...(type && {mimeType: type}), audioBitsPerSecond: BITS});
    const parts = [];
    recorder.addEventListener("dataavailable", (event) => parts.push(event.data));
    recorder.addEventListener("stop", () => { stream.getTracks().forEach((track) => track.stop()); ended(parts, recorder.mimeType || type); });
    // A microphone that is unplugged ends it: what was said until then is kept.
    stream.getTracks()[0].addEventListener("ended", () => stop(true));
    recorder.start(1000);
    began = performance.now();
    timer = setInterval(tick, 250);
    tick();
    strip.hidden = false; button.hidden = true;
    strip.querySelector("[data-record-stop]").focus();
  }

  function stop(keep) {
    if (recorder?.state !== "recording") return;
    isKept = keep;
    recorder.stop();
  }

  function ended(parts, type) {
    clearInterval(timer);
    recorder = null;
    strip.hidden = true; button.hidden = false;
    const send = thenSend;
    thenSend = false;
    if (!isKept) { button.focus(); return; }
    const plain = type.split(";")[0];
    const suffix = Object.entries(TYPES).find(([one]) => one.startsWith(plain))?.[1] ?? "webm";
    const file = new File(parts, `voice.${suffix}`, {type: plain});
    composer.dispatchEvent(new CustomEvent("recorded", {detail: file}));
    if (send) composer.requestSubmit();
  }

  button.addEventListener("click", start);
  strip?.querySelector("[data-record-stop]").addEventListener("click", () => stop(true));
  strip?.querySelector("[data-record-cancel]").addEventListener("click", () => stop(false));
  // «Send» while it runs: it ends here and goes. Captured, to be there before the composer itself.
  composer.addEventListener("submit", (event) => {
    if (!recorder) return;
    event.preventDefault(); event.stopImmediatePropagation();
    thenSend = true;
    stop(true);
  }, {capture: true});

  window.addEventListener("beforeunload", (event) => { if (recorder) event.preventDefault(); });
});
