// Approved templates: chosen, filled in before one's eyes, and sent as a message of its own.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const talk = document.getElementById("talk"), box = document.getElementById("templates");
  const AGAIN = 1000;
  let key = Desk.newKey(), isSending = false, timer = null, plan = null, given = null;

  function form() { return box.querySelector("[data-template-form]"); }
  function say(text, bad) {
    const note = box.querySelector(".composer-note");
    if (note) { note.textContent = text; note.classList.toggle("is-bad", Boolean(bad)); }
  }

  // What was chosen and typed outlives a refresh of the list; what was taken back comes instead of it.
  function typed() {
    if (given) return given;
    const own = form(), fields = own?.querySelectorAll("fieldset:not([disabled]) [data-slot]") ?? [];
    return {at: own?.elements.at.value, anyway: own?.elements.anyway.checked, chosen: own?.elements.template.value, values: new Map([...fields].map((field) => [field.name, field.value]))};
  }
  function put(html, was) {
    box.innerHTML = html;
    const own = form();
    if (!own) return;
    given = null;
    const submit = own.querySelector("button[type=submit]");
    plan = Plan.mount({form: own, submit, box: document.getElementById("template-plan"), open: own.querySelector("[data-plan-open]"), chosen: () => submit.focus()});
    if (was.at) plan.set(was.at, was.anyway);
    if ([...own.elements.template.options].some((one) => one.value === was.chosen)) {
      own.elements.template.value = was.chosen;
      for (const field of own.querySelectorAll(`fieldset[data-template="${was.chosen}"] [data-slot]`)) if (was.values.has(field.name)) field.value = was.values.get(field.name);
    }
    choose();
  }

  async function load() {
    clearTimeout(timer);
    const was = typed();
    try {
      const answer = await Desk.look(box.dataset.url);
      if (answer) put(await answer.text(), was);
    } catch { say(talk.dataset.offline, true); }
    if (!box.hidden && box.querySelector("[data-refreshing]")) timer = setTimeout(load, AGAIN);
  }

  function choose() {
    const own = form(), wanted = own.elements.template;
    for (const part of own.querySelectorAll("fieldset")) part.hidden = part.disabled = part.dataset.template !== wanted.value;
    own.querySelector("button[type=submit]").disabled = "obstacle" in wanted.selectedOptions[0].dataset;
    for (const field of own.querySelectorAll("[data-slot]")) preview(field);
  }
  function preview(field) {
    for (const mark of field.closest("fieldset").querySelectorAll("[data-shows]")) {
      if (mark.dataset.shows !== field.dataset.slot) continue;
      mark.textContent = field.value.trim() || mark.dataset.empty;
      mark.classList.toggle("is-filled", Boolean(field.value.trim()));
    }
  }

  async function open() { box.hidden = false; await load(); }
  function close() {
    const isWorkedIn = box.contains(document.activeElement);
    box.hidden = true;
    clearTimeout(timer);
    if (isWorkedIn) Talk.toAnswer();
  }
  document.addEventListener("desk:template", ({detail: {at, anyway, template}}) => {
    const values = Object.entries(template.values).map(([name, value]) => [`value.${name}`, value]);
    given = {at, anyway, chosen: String(template.row), values: new Map(values)};
    key = Desk.newKey();
    open();
  });
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if ("templatesOpen" in button.dataset) { if (box.hidden) await open(); else box.scrollIntoView({block: "nearest"}); form()?.elements.template.focus({preventScroll: true}); }
    if ("templatesClose" in button.dataset) close();
    if (button.dataset.templatesRefresh) {
      button.disabled = true;
      const answer = await Desk.post(button.dataset.templatesRefresh, null, talk.dataset);
      if (answer.ok) load(); else { button.disabled = false; say(answer.error, true); }
    }
  });
  box.addEventListener("change", (event) => { if (event.target.matches("select")) choose(); });
  box.addEventListener("input", (event) => { if (event.target.matches("[data-slot]")) preview(event.target); });

  // One form is one message: the key changes only once the server has it.
  box.addEventListener("submit", (event) => { event.preventDefault(); send(event.submitter); });
  async function send(button, more = {}) {
    if (isSending) return;
    const data = new FormData(form());
    for (const [name, value] of Object.entries(more)) data.set(name, value);
    data.set("key", key);
    data.set("seen", Talk.seen());
    const isFocused = document.activeElement === button;
    isSending = button.disabled = true;
    say(talk.dataset.sending);
    const answer = await Desk.post(form().action, data, talk.dataset);
    isSending = button.disabled = false;
    if (isFocused) button.focus({preventScroll: true});
    if (answer.ok || answer.code === "sent_before") key = Desk.newKey();
    if (!answer.ok) {
      say(`${talk.dataset.failed} ${answer.error}`, true);
      talk.dispatchEvent(new CustomEvent("desk:refused", {detail: {answer, again: (known) => send(button, known)}}));
      return;
    }
    plan.set("", false);
    close();
    talk.dispatchEvent(new Event("desk:sent"));
  }

  if (document.querySelector("#window [data-closed]")) open();
});
