// A file for the client: chosen, dropped onto the conversation, pasted or recorded; it goes with the words
// under it.
"use strict";

const Attaching = (() => {
  const {form, words} = Composer, {root} = Talk, picker = form.elements.file, shown = form.querySelector(".composer-file");

  function chosen() { return picker?.files[0] ?? null; }
  function choose(file, isVoice = false) {
    const box = new DataTransfer();
    if (file) box.items.add(file);
    picker.files = box.files;
    show(isVoice);
  }
  function show(isVoice) {
    const file = chosen();
    form.elements.voice.value = file && isVoice ? "1" : "";
    form.dispatchEvent(new CustomEvent("chosen", {detail: isVoice ? file : null}));
    shown.hidden = !file;
    shown.querySelector("bdi").textContent = file ? `${isVoice ? document.getElementById("record").dataset.label : file.name} · ${Math.max(1, Math.round(file.size / 1024))} ${root.dataset.kb}` : "";
  }
  if (picker) {
    picker.addEventListener("change", () => show(false));
    form.addEventListener("recorded", (event) => choose(event.detail, true));
    shown.querySelector("[data-file-off]").addEventListener("click", () => { choose(null); words.focus(); });
    words.addEventListener("paste", (event) => {
      const file = event.clipboardData.files[0];
      if (file && !picker.disabled) { event.preventDefault(); choose(file); }
    });
    root.addEventListener("dragover", (event) => { if (event.dataTransfer.types.includes("Files")) event.preventDefault(); });
    root.addEventListener("drop", (event) => {
      const file = event.dataTransfer.files[0];
      if (file && !picker.disabled) { event.preventDefault(); choose(file); }
    });
  }
  return {choose, chosen};
})();
