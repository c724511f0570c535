/* A voice message: recorded, heard once more, sent; or why it can't be recorded and what to do about it. */
"use strict";

Chat.record = function (setup, on) {
  const words = setup.words;
  const mic = document.getElementById("mic");
  const box = document.getElementById("recorder");
  const clock = document.getElementById("clock");
  const heard = document.getElementById("heard");
  const stop = document.getElementById("stop");
  const go = document.getElementById("voice-send");
  const FORMATS = { "audio/webm;codecs=opus": "webm", "audio/mp4": "m4a", "audio/ogg;codecs=opus": "ogg" };
  let recorder = null, stream = null, parts = [], began = 0, timer = null, taken = null, starting = false;

  const time = (seconds) => Math.floor(seconds / 60) + ":" + String(Math.floor(seconds) % 60).padStart(2, "0");

  async function start() {
    if (starting || recorder || taken) return;
    on.say("");
    if (!navigator.mediaDevices || !window.MediaRecorder) { on.say(words.voice_insecure); return; }
    starting = true;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: true });
      begin();
    } catch (refused) {
      release();
      recorder = null;
      on.say(reason(refused));
    } finally {
      starting = false;
    }
  }
  function reason(refused) {
    const policy = document.permissionsPolicy || document.featurePolicy;
    if (policy && !policy.allowsFeature("microphone")) return words.voice_site;
    if (refused.name === "NotAllowedError") return words.voice_refused;
    return refused.name === "NotFoundError" ? words.voice_none : words.voice_busy;
  }
  function begin() {
    const format = Object.keys(FORMATS).find((one) => MediaRecorder.isTypeSupported(one));
    recorder = new MediaRecorder(stream, format ? { mimeType: format } : undefined);
    parts = [];
    recorder.addEventListener("dataavailable", (event) => { if (event.data.size) parts.push(event.data); });
    recorder.start(1000);
    began = performance.now();
    tick();
    timer = setInterval(tick, 250);
    look("recording");
    stop.focus();
  }
  function tick() {
    const seconds = (performance.now() - began) / 1000;
    clock.textContent = time(seconds) + " / " + time(setup.longest_recording);
    if (seconds >= setup.longest_recording) finish();
  }
  function finish() {
    if (!recorder || recorder.state === "inactive") return;
    const seconds = Math.max(1, Math.min(Math.round((performance.now() - began) / 1000), setup.longest_recording));
    const done = recorder;
    done.addEventListener("stop", () => {
      if (recorder !== done) return;  // cancelled
      const type = done.mimeType.split(";")[0] || "audio/webm";
      const suffix = Object.entries(FORMATS).find(([name]) => name.startsWith(type));
      taken = { blob: new Blob(parts, { type }), name: "voice." + (suffix ? suffix[1] : "webm"), seconds };
      recorder = null;
      release();
      clock.textContent = time(seconds);
      heard.src = URL.createObjectURL(taken.blob);
      look("taken");
      go.focus();
    });
    done.stop();
  }
  function release() {
    clearInterval(timer);
    if (stream) stream.getTracks().forEach((track) => track.stop());
    stream = null;
  }
  function drop() {
    const running = recorder;
    recorder = null;
    if (running && running.state !== "inactive") running.stop();
    release();
    if (taken) { heard.pause(); URL.revokeObjectURL(heard.src); heard.removeAttribute("src"); }
    taken = null;
    look("");
  }
  function send() {
    const voice = taken;
    if (!voice) return;
    drop();
    on.send(voice);
  }
  function look(state) {
    box.hidden = !state;
    box.dataset.state = state;
    stop.hidden = state !== "recording";
    go.hidden = heard.hidden = state !== "taken";
    on.changed(Boolean(state));
  }

  mic.addEventListener("click", start);
  mic.disabled = false;
  stop.addEventListener("click", finish);
  go.addEventListener("click", send);
  document.getElementById("voice-off").addEventListener("click", () => { drop(); on.focus(); });
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    drop();
    on.focus();
  });
  return { get isBusy() { return Boolean(recorder || taken); }, time };
};
