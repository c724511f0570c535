// What is known of the client's matter, beside the conversation: a refresh takes nothing out of one's hands.
"use strict";

(() => {
  const panel = document.getElementById("panel");
  let waiting = null;

  function isBusy() { return panel.contains(document.activeElement) && document.activeElement.matches("input, textarea, select"); }

  // A field as the server gave it, and as it is.
  function given(field) { return field.matches("select") ? [...field.options].find((one) => one.defaultSelected)?.value : field.defaultValue; }
  function isTyped(field) { return Boolean(field.name) && field.value !== given(field); }
  function nameOf(field) { return `${field.form.getAttribute("action")} ${field.name}`; }
  function fields() { return [...panel.querySelectorAll("input, select, textarea")]; }

  // What has the focus, found again in a panel that came since; what took its place is under the same key.
  function focused() {
    const at = document.activeElement, form = at?.form?.getAttribute("action"), {hotkey} = at?.dataset ?? {};
    if (!panel.contains(at)) return "";
    if (hotkey) return `[data-hotkey="${hotkey}"]`;
    if (at.matches("summary")) return `details[data-key="${at.parentElement.dataset.key}"] > summary`;
    return form ? `form[action="${form}"] [type=submit]` : "";
  }

  function show(html) {
    const at = focused();
    const open = new Set([...panel.querySelectorAll("details[open]")].map((part) => part.dataset.key));
    const typed = new Map(fields().filter(isTyped).map((field) => [nameOf(field), field.value]));
    const offered = new Map(offering().map((choice) => [choice.dataset.options, choice.innerHTML]));
    panel.innerHTML = html;
    for (const choice of offering()) choice.innerHTML = offered.get(choice.dataset.options) ?? choice.innerHTML;
    panel.querySelectorAll("details").forEach((part) => { part.open = open.has(part.dataset.key); });
    for (const field of fields()) if (typed.has(nameOf(field))) field.value = typed.get(nameOf(field));
    askReasons();
    if (at) panel.querySelector(at)?.focus({preventScroll: true});
  }

  // Long choices are fetched when somebody wants to choose, as they are then.
  function offering(part = panel) { return [...part.querySelectorAll("select[data-options]")]; }
  panel.addEventListener("toggle", ({target}) => { if (target.open) offering(target).forEach(offer); }, true);
  async function offer(choice) {
    const {offline, broken, signedOut} = Talk.root.dataset, answer = await fetch(choice.dataset.options, {signal: Desk.patience()}).catch(() => null);
    complain(choice.form, !answer ? offline : answer.redirected ? signedOut : answer.ok ? "" : broken);
    if (!answer?.ok || answer.redirected) return;
    const chosen = choice.value;
    choice.innerHTML = await answer.text();
    choice.value = chosen;
    if (choice.selectedIndex < 0) choice.selectedIndex = 0;
  }

  function complain(form, text) {
    form.querySelector(".form-error")?.remove();
    if (!text) return;
    const place = document.createElement("p");
    place.className = "form-error"; place.role = "alert"; place.textContent = text;
    form.append(place);
  }

  Talk.root.addEventListener("desk:shown", (event) => { if (isBusy()) waiting = event.detail.panel; else show(event.detail.panel); });
  Talk.root.addEventListener("desk:acted", () => { waiting = null; });
  panel.addEventListener("focusout", () => setTimeout(() => {
    if (waiting !== null && !isBusy()) { show(waiting); waiting = null; }
  }));

  document.addEventListener("submit", async (event) => {
    const form = event.target.closest("form[data-form]");
    if (!form) return;
    event.preventDefault();
    if (event.submitter.disabled) return;
    // What was not typed here is not sent: a colleague may have corrected it meanwhile.
    const data = new FormData(form, event.submitter), status = form.elements.status;
    for (const field of form.elements) if (field.name && field.matches("input, textarea") && !isTyped(field) && !status && !("whole" in form.dataset)) data.delete(field.name);
    complain(form, "");
    const isWorkedIn = panel.contains(form) && form.contains(document.activeElement);
    const answer = await Talk.act(event.submitter, form.action, data);
    if (!answer.ok) { complain(form, answer.error); return; }
    const once = form.closest("details[data-once]");
    form.reset();
    document.activeElement?.blur?.();
    if (once) once.open = false;
    // Not into a field: the panel waits for it to be left.
    if (isWorkedIn) (once?.querySelector("summary") ?? event.submitter).focus({preventScroll: true});
  });

  // A refusal of the client's asks for its reason.
  function askReasons() {
    for (const choice of panel.querySelectorAll("[data-needs-reason]"))
      choice.form.querySelector(".panel-reason").hidden = choice.value !== choice.dataset.needsReason;
  }
  panel.addEventListener("change", askReasons);
})();
