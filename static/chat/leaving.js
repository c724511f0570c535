/* The form by which a visitor leaves a phone number or an e-mail address, for when nobody answers here. */
"use strict";

Chat.leave = function (setup, on) {
  const words = setup.words;
  const form = document.getElementById("contact");
  const trouble = document.getElementById("contact-trouble");
  const opener = document.getElementById("leave");
  const { name, reach, matter, consent } = form.elements;

  function open(values) {
    form.hidden = false;
    opener.setAttribute("aria-expanded", "true");
    if (values) { name.value = values.name; reach.value = values.reach; matter.value = values.text; consent.checked = true; }
    on.changed();
  }
  function close() {
    form.hidden = true;
    opener.setAttribute("aria-expanded", "false");
    say("");
    on.changed();
  }
  function say(text, field) {
    trouble.textContent = text;
    for (const one of [reach, matter, consent]) one.setAttribute("aria-invalid", String(one === field));
    if (field) field.focus();
  }
  function wrong() {
    const value = reach.value.trim(), digits = value.replace(/\D/g, "").length;
    const fits = value.includes("@") ? /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value) : digits >= 8 && digits <= 15;
    if (!fits) return [words.contact_reach, reach];
    if (matter.value.trim().length > setup.longest) return [words.too_long.replace("{n}", matter.value.trim().length - setup.longest), matter];
    return consent.checked ? null : [words.contact_consent, consent];
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const problem = wrong();
    if (problem) { say(...problem); return; }
    on.send({ text: matter.value.trim(), contact: { name: name.value.trim(), reach: reach.value.trim(), consent: true } });
    form.reset();
    close();
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { event.stopPropagation(); close(); on.focus(); }
  });
  document.getElementById("contact-off").addEventListener("click", () => { close(); on.closed(); on.focus(); });
  opener.addEventListener("click", () => {
    if (!form.hidden) { close(); on.focus(); return; }
    open();
    name.focus();
  });

  return { get isOpen() { return !form.hidden; }, open };
};
