/* Files that are to go: chosen, dropped onto the page or pasted; shown above the field until they are sent. */
"use strict";

Chat.attach = function (setup, on) {
  const words = setup.words;
  const picker = document.getElementById("picker");
  const clip = document.getElementById("clip");
  const tray = document.getElementById("tray");
  const MOST = 10;
  let chosen = [];

  function add(files) {
    on.say("");
    for (const file of files) {
      if (file.size > setup.largest) on.say(words.file_large.replace("{name}", file.name));
      else if (!file.size) on.say(words.file_empty.replace("{name}", file.name));
      else if (chosen.length < MOST) chosen.push(file);
    }
    draw();
  }
  function without(file) {
    chosen = chosen.filter((one) => one !== file);
    draw();
    on.focus();
  }
  function draw() {
    for (const image of tray.querySelectorAll("img")) URL.revokeObjectURL(image.src);
    tray.replaceChildren(...chosen.map(card));
    tray.hidden = !chosen.length;
    on.changed();
  }
  function card(file) {
    const made = document.createElement("li");
    if (/^image\/(jpeg|png|gif|webp)$/.test(file.type)) {
      const image = document.createElement("img");
      image.src = URL.createObjectURL(file);
      image.alt = "";
      made.append(image);
    }
    const name = document.createElement("span");
    name.textContent = file.name + " · " + Chat.size(file.size, setup);
    const off = document.createElement("button");
    off.type = "button";
    off.textContent = "×";
    off.setAttribute("aria-label", words.file_off.replace("{name}", file.name));
    off.addEventListener("click", () => without(file));
    made.append(name, off);
    return made;
  }

  clip.addEventListener("click", () => picker.click());
  clip.disabled = false;
  picker.addEventListener("change", () => { add([...picker.files]); picker.value = ""; on.focus(); });
  document.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData ? event.clipboardData.files : [])];
    if (!files.length || !on.takes()) return;
    event.preventDefault();
    add(files);
  });
  const bearsFiles = (event) => event.dataTransfer && [...event.dataTransfer.types].includes("Files");
  document.addEventListener("dragover", (event) => {
    if (!bearsFiles(event)) return;
    event.preventDefault();  // else the browser would open the file in place of the page
    document.body.classList.toggle("dropping", on.takes());
  });
  for (const over of ["dragleave", "drop", "dragend"]) {
    document.addEventListener(over, (event) => {
      if (over !== "dragleave" || !event.relatedTarget) document.body.classList.remove("dropping");
    });
  }
  document.addEventListener("drop", (event) => {
    if (!bearsFiles(event)) return;
    event.preventDefault();
    if (on.takes()) add([...event.dataTransfer.files]);
  });

  return {
    get count() { return chosen.length; },
    add,
    take() { const files = chosen; chosen = []; draw(); return files; },
  };
};

Chat.size = function (bytes, setup) {
  const number = new Intl.NumberFormat(setup.language, { maximumFractionDigits: 1 });
  if (bytes < 1024 * 1024) return number.format(Math.max(1, Math.round(bytes / 1024))) + " " + setup.words.kb;
  return number.format(bytes / 1024 / 1024) + " " + setup.words.mb;
};
