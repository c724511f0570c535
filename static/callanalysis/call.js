// A call's recording and its words, kept together: a press on a line, a quote or the waveform plays from there,
// and the line that is being said is marked and followed.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const root = document.getElementById("call"), audio = document.getElementById("audio");
  if (!audio) return;
  const find = (id) => document.getElementById(id);
  const play = find("play"), place = find("place"), wave = find("wave"), speed = find("speed"), skip = find("skip");
  const now = find("now"), list = find("lines"), follow = find("follow"), trouble = find("no-sound");
  const whole = Number(root.dataset.seconds);
  const lines = [...root.querySelectorAll("[data-start]")].map((element) => ({
    element, start: Number(element.dataset.start), end: Number(element.dataset.end),
  }));
  // A gap so long is skipped, up to a moment before the next word.
  const GAP = 1.5, BEFORE = 0.3, HOP = 5;
  const kept = (name) => { try { return localStorage.getItem(name); } catch { return null; } };
  const keep = (name, value) => { try { localStorage.setItem(name, value); } catch { /* nothing is kept there */ } };

  function clock(seconds) {
    const all = Math.floor(seconds), hours = Math.floor(all / 3600), two = (n) => String(n).padStart(2, "0");
    const minutes = Math.floor(all / 60) % 60;
    return hours ? `${hours}:${two(minutes)}:${two(all % 60)}` : `${minutes}:${two(all % 60)}`;
  }

  let marked = null, wanted = null;
  function lineAt(second) {
    let low = 0, high = lines.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (lines[middle].start <= second + 0.05) low = middle + 1; else high = middle;
    }
    return low - 1;
  }
  function mark(second) {
    const line = lines[lineAt(second)] ?? null;
    if (line === marked) return;
    marked?.element.classList.remove("is-now");
    marked?.element.removeAttribute("aria-current");
    marked = line;
    if (!line) return;
    line.element.classList.add("is-now");
    line.element.setAttribute("aria-current", "true");
    // The list alone is moved, never the page under somebody's hands.
    if (follow?.checked) list.scrollTop = line.element.offsetTop - list.offsetTop - list.clientHeight / 3;
  }
  function show(second) {
    place.value = second;
    place.setAttribute("aria-valuetext", `${clock(second)} / ${clock(whole)}`);
    now.textContent = clock(second);
    wave.style.setProperty("--at", `${whole ? (100 * second) / whole : 0}%`);
    mark(second);
  }
  function seek(second) {
    const at = Math.min(Math.max(0, second), whole || second);
    // Before anything is loaded a browser keeps it for the beginning; what it says then is still nought.
    wanted = audio.readyState ? null : at;
    audio.currentTime = at;
    show(at);
  }
  async function start() {
    trouble.hidden = true;
    try { await audio.play(); } catch (error) { if (error.name === "NotSupportedError") trouble.hidden = false; }
  }
  function playFrom(second) { seek(second); start(); }
  function toggle() { if (audio.paused) start(); else audio.pause(); }
  function setSpeed(value) {
    speed.value = value;
    audio.defaultPlaybackRate = audio.playbackRate = Number(value);
    keep("calls-speed", value);
  }
  function step(by) {
    const next = speed.options[speed.selectedIndex + by];
    if (next) setSpeed(next.value);
  }
  function toLine(by) {
    const at = lineAt(place.valueAsNumber), line = lines[Math.max(0, at + by)];
    if (line) seek(line.start);
  }
  function skipSilence(second) {
    const at = lineAt(second), next = lines[at + 1];
    const isSaid = lines.slice(Math.max(0, at - 5), at + 1).some((line) => line.end > second);
    if (next && !isSaid && next.start - second > GAP) audio.currentTime = next.start - BEFORE;
  }

  find("whole").textContent = clock(whole);
  const before = kept("calls-speed");
  setSpeed([...speed.options].some((option) => option.value === before) ? before : "1");
  skip.checked = kept("calls-skip") === "1";
  show(0);

  play.addEventListener("click", toggle);
  place.addEventListener("input", () => seek(place.valueAsNumber));
  speed.addEventListener("change", () => setSpeed(speed.value));
  skip.addEventListener("change", () => keep("calls-skip", skip.checked ? "1" : "0"));
  audio.addEventListener("loadedmetadata", () => {
    if (wanted !== null) audio.currentTime = wanted;
    wanted = null;
  });
  audio.addEventListener("timeupdate", () => {
    if (wanted !== null) return;
    if (skip.checked && !audio.paused) skipSilence(audio.currentTime);
    show(audio.currentTime);
  });
  audio.addEventListener("error", () => { trouble.hidden = false; });
  for (const event of ["play", "pause", "ended"])
    audio.addEventListener(event, () => {
      const isPaused = audio.paused || audio.ended;
      play.setAttribute("aria-label", isPaused ? play.dataset.play : play.dataset.pause);
      play.firstElementChild.textContent = isPaused ? "play_arrow" : "pause";
    });

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-second]");
    if (button) return playFrom(Number(button.dataset.second));
    const line = event.target.closest("[data-start]");
    // Whoever marks words to copy them does not want to hear them.
    if (line && window.getSelection().isCollapsed) playFrom(Number(line.dataset.start));
  });
  const KEYS = {
    Space: toggle,
    ArrowLeft: (event) => (event.shiftKey ? toLine(-1) : seek(place.valueAsNumber - HOP)),
    ArrowRight: (event) => (event.shiftKey ? toLine(1) : seek(place.valueAsNumber + HOP)),
    BracketLeft: () => step(-1),
    BracketRight: () => step(1),
  };
  document.addEventListener("keydown", (event) => {
    const key = KEYS[event.code], at = event.target;
    if (!key || event.ctrlKey || event.altKey || event.metaKey) return;
    if (at !== place && at.closest("input:not([type=checkbox]), textarea, select, [contenteditable]")) return;
    // What has the focus is pressed by it.
    if (event.code === "Space" && at.closest("button, a, summary, input[type=checkbox]")) return;
    event.preventDefault();
    key(event);
  });

  // An address may lead to a second of the call: …#t=65.4
  const asked = /^#t=(\d+(?:\.\d+)?)$/.exec(location.hash);
  if (asked) seek(Number(asked[1]));
});
