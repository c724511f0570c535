/* A file in a line of the chat: a picture, something to play, or a name to press. Nothing of it is ever run here. */
"use strict";

/* A line's `file` is either as the server tells it ({shown, url, …}) or still here ({blob, …}). */
Chat.file = function (setup, on) {
  const words = setup.words;

  function element(tag, className, text) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text) made.textContent = text;
    return made;
  }
  function shownAs(file) {
    if (!file.blob) return file.shown || "";
    return (/^(image\/(jpeg|png|gif|webp)|audio\/(ogg|mpeg|mp4|webm)|video\/(mp4|webm))$/.exec(file.type) || [""])[0].split("/")[0];
  }
  function picture(file, address) {
    const link = element("a", "picture");
    const image = element("img");
    image.alt = file.name;
    image.addEventListener("load", on.grown);
    image.src = address;
    link.append(image);
    if (file.url) lead(link, file.url);
    return link;
  }
  function lead(link, url) {
    link.href = url;
    link.target = "_blank";
    link.rel = "noopener";
  }
  /* The browser plays the first of them that it can. */
  function player(tag, file, address) {
    const made = element(tag);
    made.controls = true;
    made.preload = file.blob ? "metadata" : "none";
    made.setAttribute("aria-label", file.kind === "voice" ? words.voice : file.name);
    const source = element("source");
    source.src = address;
    source.type = file.type;
    made.append(source);
    return made;
  }
  function sound(file, address) {
    const box = element("div", "sound");
    box.append(player("audio", file, address));
    if (file.seconds) box.append(element("span", "length", Math.floor(file.seconds / 60) + ":" + String(file.seconds % 60).padStart(2, "0")));
    if (file.kind !== "voice") box.append(element("span", "name", file.name));
    return box;
  }
  function download(file) {
    const link = element("a", "download", file.name + " · " + Chat.size(file.size, setup));
    if (file.url) { link.href = file.url; link.download = file.name; }
    return link;
  }
  function draw(file) {
    const box = element("div", "file");
    const shown = shownAs(file);
    const address = file.blob ? URL.createObjectURL(file.blob) : file.url || "";
    if (!address) box.append(element("span", "name", file.name));
    else if (shown === "image") box.append(picture(file, address));
    else if (shown === "audio") box.append(sound(file, address));
    else if (shown === "video") box.append(player("video", file, address));
    else box.append(download(file));
    box.dataset.local = file.blob ? shown : "";
    return box;
  }
  /* The server has it, or tells its address anew: what is shown or playing stays as it is. */
  function settle(row, file) {
    const box = row.querySelector(".file");
    if (!box) return;
    const link = box.querySelector("a.picture, a.download");
    if (link && link.classList.contains("picture")) lead(link, file.url);
    else if (link) { link.href = file.url; link.download = file.name; }
    const media = box.querySelector("audio, video");
    if (!box.dataset.local && !link && !(media && !media.paused)) box.replaceWith(draw(file));
  }
  return { draw, settle };
};
