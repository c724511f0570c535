// The microphone as every recorder of the page uses it: what is said becomes a file.
"use strict";

const Recording = (() => {
  // Speech needs no more bits.
  const BITS = 32000;
  const TYPES = {"audio/ogg;codecs=opus": "ogg", "audio/webm;codecs=opus": "webm", "audio/mp4": "m4a", "audio/webm": "webm"};

  // Why nothing can be recorded here; the button stays, so that the reason can be asked for on a phone, too.
  function obstacle({refused, unable, insecure}) {
    if (refused) return refused;
    if (!navigator.mediaDevices?.getUserMedia) return window.isSecureContext ? unable : insecure;
    return window.MediaRecorder ? "" : unable;
  }

  function fileOf(parts, type) {
    const plain = type.split(";")[0];
    const suffix = Object.entries(TYPES).find(([one]) => one.startsWith(plain))?.[1] ?? "webm";
    return new File(parts, `voice.${suffix}`, {type: plain});
  }

  function clockOf(seconds) { return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`; }

  // Throws where the microphone is refused. `onTick` gets the time as text, `onLongest` is told of the end by
  // length, `onEnd` gets the file, or null where it is not wanted.
  async function begin({longest, onTick, onLongest, onEnd}) {
    const stream = await navigator.mediaDevices.getUserMedia({audio: {channelCount: 1, echoCancellation: true, noiseSuppression: true}});
    const type = Object.keys(TYPES).find((one) => MediaRecorder.isTypeSupported(one)) ?? "";
    const recorder = new MediaRecorder(stream, {...(type && {mimeType: type}), audioBitsPerSecond: BITS});
    const parts = [], began = performance.now();
    let isKept = false;
    function stop(keep) {
      if (recorder.state !== "recording") return;
      isKept = keep;
      recorder.stop();
    }
    function tick() {
      const seconds = Math.floor((performance.now() - began) / 1000);
      onTick(clockOf(seconds));
      if (seconds >= longest) { onLongest(); stop(true); }
    }
    const timer = setInterval(tick, 250);
    recorder.addEventListener("dataavailable", (event) => parts.push(event.data));
    recorder.addEventListener("stop", () => {
      clearInterval(timer);
      stream.getTracks().forEach((track) => track.stop());
      onEnd(isKept ? fileOf(parts, recorder.mimeType || type) : null);
    });
    // A microphone that is unplugged ends it: what was said until then is kept.
    stream.getTracks()[0].addEventListener("ended", () => stop(true));
    recorder.start(1000);
    tick();
    return {stop};
  }

  return {begin, obstacle};
})();
