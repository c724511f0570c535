// Short sounds, made here note by note: no file is fetched, and nobody else's is played.
"use strict";

const Tunes = (() => {
  // Notes: [starts after (s), frequency (Hz), lasts (s), shape].
  const SCORES = {
    chime: [[0, 880, 0.5, "sine"], [0.12, 1318.5, 0.7, "sine"]],
    drop: [[0, 740, 0.14, "triangle"], [0.11, 494, 0.28, "triangle"]],
    knock: [[0, 196, 0.09, "square"], [0.16, 196, 0.09, "square"]],
  };
  let context = null;

  // Browsers let a page sound once somebody has touched it.
  async function wake() {
    if (!window.AudioContext) return;
    context ??= new AudioContext();
    if (context.state === "suspended") await context.resume().catch(() => {});
  }
  for (const name of ["pointerdown", "keydown"]) addEventListener(name, wake, {passive: true});

  function isAwake() { return context?.state === "running"; }

  // `volume` in per cent. False where the browser does not let this page sound yet.
  function play(name, volume) {
    if (!isAwake()) return false;
    const now = context.currentTime;
    for (const [after, frequency, lasts, shape] of SCORES[name] ?? SCORES.chime) {
      const tone = context.createOscillator(), gain = context.createGain(), begins = now + 0.02 + after;
      tone.type = shape; tone.frequency.value = frequency;
      gain.gain.setValueAtTime(0.0001, begins);
      // Loudness is heard by its square; a square wave is heard louder than a sine.
      gain.gain.exponentialRampToValueAtTime(Math.max(0.0002, (volume / 100) ** 2 * (shape === "square" ? 0.25 : 0.6)), begins + 0.015);
      gain.gain.exponentialRampToValueAtTime(0.0001, begins + lasts);
      tone.connect(gain).connect(context.destination);
      tone.start(begins); tone.stop(begins + lasts);
    }
    return true;
  }
  return {isAwake, play, wake};
})();
