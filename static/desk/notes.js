// Notes for colleagues: a form of their own beside the answer's, so that neither can go where the other goes.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const talk = document.getElementById("talk"), composer = document.getElementById("composer");
  const form = document.getElementById("note-form"), list = document.getElementById("mentions");
  if (!form) return;
  const main = talk.querySelector(".talk-main"), words = form.elements.text, said = form.querySelector(".note-said");
  const choices = [...document.querySelectorAll("[data-writes]")], save = form.querySelector("button[type=submit]");
  const names = JSON.parse(document.getElementById("colleagues").textContent);
  const kept = `desk:note:${location.pathname}`;
  let key = Desk.newKey();

  function say(text, bad) { said.textContent = text; said.classList.toggle("is-bad", Boolean(bad)); }

  // --- the switch: two radios as two tabs, moved by arrows
  function write(what, focus = true) {
    const isNote = what === "note";
    form.hidden = !isNote; composer.hidden = isNote;
    main.classList.toggle("is-noting", isNote);
    for (const one of choices) {
      const chosen = one.dataset.writes === what;
      one.setAttribute("aria-checked", String(chosen)); one.tabIndex = chosen ? 0 : -1;
    }
    if (focus) (isNote ? words : composer.elements.text).focus();
  }
  for (const one of choices) {
    one.addEventListener("click", () => write(one.dataset.writes));
    one.addEventListener("keydown", (event) => {
      if (!["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"].includes(event.key)) return;
      event.preventDefault();
      const other = choices.find((choice) => choice !== one);
      write(other.dataset.writes, false); other.focus();
    });
  }
  talk.addEventListener("desk:answer", () => write("answer"));

  // --- one form is one note; what is typed is kept until the server has it
  function keep() {
    Desk.kept.write(kept, words.value ? {text: words.value, key} : null);
  }
  words.addEventListener("input", keep);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (save.disabled) return;
    const text = words.value, data = new FormData(form);
    if (!text.trim()) { words.focus(); return; }
    data.set("key", key);
    save.disabled = true;
    const answer = await Desk.post(form.action, data, talk.dataset);
    save.disabled = false;
    if (!answer.ok) { say(`${form.dataset.failed} ${answer.error}`, true); return; }
    key = Desk.newKey();
    if (words.value.startsWith(text)) words.value = words.value.slice(text.length).trimStart();
    keep(); say("");
    talk.dispatchEvent(new Event("desk:sent"));
  });

  // --- one's own note is changed where it stands
  document.addEventListener("submit", async (event) => {
    const own = event.target.closest("form[data-note-edit]");
    if (!own) return;
    event.preventDefault();
    const answer = await Desk.post(own.action, new FormData(own), talk.dataset);
    own.querySelector(".form-error")?.remove();
    if (answer.ok) { own.closest("details").open = false; talk.dispatchEvent(new Event("desk:sent")); return; }
    const place = line("p", answer.error);
    place.className = "form-error"; place.role = "alert";
    own.append(place);
  });

  document.addEventListener("keydown", (event) => {
    const field = event.target;
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || !field.matches?.("[data-mentions]")) return;
    event.preventDefault(); field.form.requestSubmit();
  });

  // --- «@»: the colleagues whose names begin so
  let field = null, at = -1, chosen = 0;
  function line(tag, text) { const part = document.createElement(tag); part.textContent = text; return part; }
  function begun() {
    const before = field.value.slice(0, field.selectionStart), found = before.match(/(?:^|[^\p{L}\p{N}_])@([^@\n]{0,40})$/u);
    return found ? found[1] : null;
  }
  function offered() {
    const start = begun();
    if (start === null) return [];
    const wanted = start.toLocaleLowerCase();
    return names.filter((name) => name.toLocaleLowerCase().startsWith(wanted) && name.toLocaleLowerCase() !== wanted).slice(0, 8);
  }
  function hide() {
    list.hidden = true; list.replaceChildren();
    field?.removeAttribute("aria-activedescendant");
  }
  function offer() {
    const found = offered();
    if (!found.length) { hide(); return; }
    at = field.selectionStart - begun().length; chosen = 0;
    list.replaceChildren(...found.map((name, i) => {
      const part = line("li", name);
      part.id = `mention-${i}`; part.role = "option"; part.dataset.name = name;
      return part;
    }));
    field.after(list);
    list.hidden = false;
    mark();
  }
  function mark() {
    [...list.children].forEach((part, i) => part.setAttribute("aria-selected", String(i === chosen)));
    field.setAttribute("aria-activedescendant", `mention-${chosen}`);
    list.children[chosen]?.scrollIntoView({block: "nearest"});
  }
  function take(name) {
    const rest = field.value.slice(field.selectionStart);
    field.value = `${field.value.slice(0, at)}${name} ${rest.trimStart()}`;
    const place = at + name.length + 1;
    field.setSelectionRange(place, place);
    hide(); field.focus();
    field.dispatchEvent(new Event("input", {bubbles: true}));
  }
  document.addEventListener("input", (event) => {
    if (!event.target.matches?.("[data-mentions]")) return;
    field = event.target;
    offer();
  });
  document.addEventListener("keydown", (event) => {
    if (list.hidden || event.target !== field) return;
    const step = {ArrowDown: 1, ArrowUp: -1}[event.key];
    if (step) { event.preventDefault(); chosen = (chosen + step + list.children.length) % list.children.length; mark(); }
    else if ((event.key === "Enter" && !event.ctrlKey && !event.metaKey) || event.key === "Tab") { event.preventDefault(); take(list.children[chosen].dataset.name); }
    else if (event.key === "Escape") { event.preventDefault(); event.stopPropagation(); hide(); }
  }, true);
  list.addEventListener("mousedown", (event) => {
    const part = event.target.closest("[data-name]");
    if (part) { event.preventDefault(); take(part.dataset.name); }
  });
  document.addEventListener("focusout", (event) => { if (event.target === field) hide(); });

  const before = Desk.kept.read(kept);
  if (before) { words.value = before.text; key = before.key ?? key; write("note", false); }
});
