// How fast voice messages are played: one choice for all of them, kept for next time.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const SPEEDS = [1, 1.25, 1.5, 2], feed = document.getElementById("feed");
  let speed = Number(localStorage.getItem("desk-speed"));
  if (!SPEEDS.includes(speed)) speed = 1;

  const label = () => `${speed.toLocaleString(document.documentElement.lang)}×`;
  function show() {
    for (const audio of feed.querySelectorAll("audio")) audio.playbackRate = speed;
    for (const button of feed.querySelectorAll("[data-speed]")) if (button.textContent !== label()) button.textContent = label();
  }

  feed.addEventListener("click", (event) => {
    if (!event.target.closest("[data-speed]")) return;
    speed = SPEEDS[(SPEEDS.indexOf(speed) + 1) % SPEEDS.length];
    localStorage.setItem("desk-speed", speed);
    show();
  });
  // Loading a file sets its player back; and only one voice is heard at a time.
  feed.addEventListener("loadedmetadata", show, true);
  feed.addEventListener("play", (event) => {
    for (const audio of feed.querySelectorAll("audio")) if (audio !== event.target) audio.pause();
    event.target.playbackRate = speed;
  }, true);
  new MutationObserver(show).observe(feed, { childList: true, subtree: true });
  show();
});
