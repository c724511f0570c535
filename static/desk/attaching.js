// Files for the client: chosen, dropped onto the conversation, pasted or recorded. Each goes up as soon as it is
// chosen, so that what the channel does not carry is said before one sends; they leave in the order shown.
"use strict";

const Attaching = (() => {
  const {form, words} = Composer, {root} = Talk, picker = form.elements.file;
  const list = document.getElementById("attached");
  if (!list) return null;
  const says = list.dataset, row = document.getElementById("attached-file").content.firstElementChild;
  // The admin theme's own script takes every file field for one of its forms, and fails on this one.
  picker.hasChangeListener = true;
  const UPLOAD = 180000, MOST = Number(says.most), MOST_BYTES = Number(says.mostBytes) || Infinity;
  let items = [], queue = Promise.resolve();

  function sizeOf(bytes) {
    const kb = Math.max(1, Math.round(bytes / 1024));
    return kb < 1024 ? `${kb} ${root.dataset.kb}` : `${(kb / 1024).toLocaleString(document.documentElement.lang, {maximumFractionDigits: 1})} ${says.mb}`;
  }

  function show() {
    list.hidden = !items.length;
    list.replaceChildren(...items.map((item) => item.place));
    for (const item of items) {
      const {place} = item;
      place.classList.toggle("is-bad", Boolean(item.error));
      place.classList.toggle("is-waiting", !item.id && !item.error);
      place.querySelector(".composer-file-note").textContent = item.error || (item.id ? sizeOf(item.size) : says.uploading);
      place.querySelector("[data-file-again]").hidden = !item.error || !item.canRetry;
    }
  }

  // As it looks is settled once: a recording that is being listened to plays on.
  function placeOf(item) {
    const place = row.cloneNode(true), address = item.file ? URL.createObjectURL(item.file) : item.url;
    const name = item.kind === "voice" ? says.voice : item.name;
    place.querySelector("bdi").textContent = name;
    place.querySelector("[data-file-off]").setAttribute("aria-label", `${says.remove}: ${name}`);
    place.item = item;
    if (item.kind === "image") {
      const image = new Image();
      image.src = address; image.alt = "";
      image.addEventListener("error", () => image.remove());
      place.prepend(image);
    }
    if (item.kind === "voice") {
      const sound = document.createElement("audio");
      sound.controls = true; sound.src = address; sound.className = "composer-preview"; sound.setAttribute("aria-label", name);
      place.append(sound);
    }
    return place;
  }

  async function upload(item) {
    if (!items.includes(item) || item.id || item.error) return;
    const data = new FormData();
    data.set("file", item.file); data.set("key", item.key);
    if (item.kind === "voice") data.set("voice", "1");
    const answer = await Desk.post(says.url, data, root.dataset, UPLOAD);
    if (answer.ok) { item.id = answer.file.id; item.url = answer.file.url; item.size = answer.file.size; }
    else { item.error = answer.error; item.canRetry = answer.code === undefined; }
    if (answer.ok && !items.includes(item)) forget(item);
    show(); Composer.keep();
  }

  function add(file, isVoice = false) {
    if (picker.disabled) return;
    if (items.length >= MOST) { Talk.say(says.tooMany, true); return; }
    const kind = isVoice ? "voice" : file.type.startsWith("image/") ? "image" : "";
    const item = {key: Desk.newKey(), file, kind, name: file.name, size: file.size};
    if (file.size > MOST_BYTES) item.error = says.tooLarge;
    item.place = placeOf(item);
    items.push(item);
    item.done = queue = queue.then(() => upload(item));
    show();
  }

  function forget(item) {
    if (item.id) Desk.post(says.removeUrl.replace("/0/", `/${item.id}/`), null, root.dataset);
  }
  function drop(item) {
    items = items.filter((one) => one !== item);
    const image = item.place.querySelector("img, audio");
    if (item.file && image) URL.revokeObjectURL(image.src);
    show(); Composer.keep();
  }

  list.addEventListener("click", (event) => {
    const item = event.target.closest("li")?.item;
    if (!item) return;
    if (event.target.closest("[data-file-off]")) { forget(item); drop(item); words.focus(); }
    if (event.target.closest("[data-file-again]")) { item.error = ""; item.done = queue = queue.then(() => upload(item)); show(); }
  });

  picker.addEventListener("change", () => { for (const file of [...picker.files]) add(file); picker.value = ""; words.focus(); });
  form.addEventListener("recorded", (event) => add(event.detail, true));
  words.addEventListener("paste", (event) => {
    if (!event.clipboardData.files.length) return;
    event.preventDefault();
    for (const file of event.clipboardData.files) add(file);
  });
  function carriesFiles(event) { return event.dataTransfer?.types.includes("Files"); }
  root.addEventListener("dragover", (event) => { if (carriesFiles(event)) { event.preventDefault(); root.classList.add("is-dropping"); } });
  root.addEventListener("dragleave", (event) => { if (!root.contains(event.relatedTarget)) root.classList.remove("is-dropping"); });
  root.addEventListener("drop", (event) => {
    root.classList.remove("is-dropping");
    if (!carriesFiles(event)) return;
    event.preventDefault();
    for (const file of event.dataTransfer.files) add(file);
  });

  Composer.holds(() => items.length > 0);
  Composer.before(async () => {
    if (items.some((item) => !item.id && !item.error)) Talk.say(says.waits);
    await Promise.all(items.map((item) => item.done));
    return items.some((item) => item.error) ? says.refused : "";
  });
  // What was chosen while the rest was on its way stays.
  let going = [];
  form.addEventListener("sending", ({detail}) => {
    detail.data.delete("file"); detail.data.delete("voice");
    going = detail.isTyped ? [...items] : [];
    for (const item of going) detail.data.append("uploads", item.id);
  });
  form.addEventListener("sent", () => going.forEach(drop));
  form.addEventListener("keeping", ({detail}) => {
    detail.files = items.filter((item) => item.id).map(({id, name, size, kind, url}) => ({id, name, size, kind, url}));
  });
  form.addEventListener("restoring", ({detail}) => {
    const known = (detail.files ?? []).filter((file) => !items.some((item) => item.id === file.id)).map((file) => ({...file}));
    for (const item of known) item.place = placeOf(item);
    items = [...known, ...items];
    show();
  });
  window.addEventListener("beforeunload", (event) => { if (items.some((item) => !item.id && !item.error)) event.preventDefault(); });
  return {add};
})();
