// The client, whole: suggestions, merges and the history come by themselves, after the conversation is there.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const place = document.getElementById("client"), dialog = document.getElementById("merge");
  const inside = document.getElementById("client-inside"), said = document.getElementById("client-said");
  const hint = document.getElementById("client-hint");
  const SEARCH = 250, PATIENCE = 20000;
  let isStale = false, typing = null, asked = 0;

  function say(text, bad) { said.textContent = text; said.hidden = !text; said.classList.toggle("is-bad", Boolean(bad)); }
  // A page of the server's, or null where there was none: said in words, and nobody is led away from what they
  // type. Who is signed out is led to sign in by the conversation's own look.
  async function fetched(url) {
    const {offline, broken, signedOut} = Talk.root.dataset;
    try {
      const answer = await fetch(url, {signal: AbortSignal.timeout?.(PATIENCE)});
      if (answer.ok && !answer.redirected) return await answer.text();
      say(answer.redirected ? signedOut : broken, true);
    } catch { say(offline, true); }
    return null;
  }
  function isBusy() { return dialog.open || (inside.contains(document.activeElement) && document.activeElement.matches("input")); }

  async function load() {
    if (isBusy()) { isStale = true; return; }
    isStale = false;
    const html = await fetched(place.dataset.url);
    if (html === null) return;
    if (said.classList.contains("is-bad")) say("");
    const open = new Set([...inside.querySelectorAll("details[open]")].map((part) => part.dataset.key));
    const focused = inside.contains(document.activeElement) ? document.activeElement.outerHTML : "";
    inside.innerHTML = html;
    inside.querySelectorAll("details").forEach((part) => { part.open = open.has(part.dataset.key); });
    // Where one was, if it is there still; else where clients are merged and taken apart.
    const places = [...inside.querySelectorAll("a, button, summary")];
    if (focused) (places.find((part) => part.outerHTML === focused) ?? inside.querySelector("#merging button, #merging summary"))?.focus({preventScroll: true});
    hint.hidden = !document.getElementById("alike");
  }
  function loadIfStale() { if (isStale && !isBusy()) load(); }

  Talk.root.addEventListener("desk:shown", ({detail}) => {
    if (!detail.client || detail.client === place.dataset.token) return;
    place.dataset.token = detail.client;
    load();
  });
  // A suggestion stands far below: the head says that there is one, and moves nothing.
  hint.addEventListener("click", () => {
    const alike = document.getElementById("alike");
    alike.scrollIntoView({block: "center"});
    alike.querySelector("a, button").focus({preventScroll: true});
  });
  inside.addEventListener("focusout", () => setTimeout(loadIfStale));
  dialog.addEventListener("close", loadIfStale);

  // --- the history, a page more; the focus goes on with the first of the new ones
  async function more(button) {
    button.disabled = true;
    const html = await fetched(button.dataset.more);
    if (html === null) { button.disabled = false; return; }
    const last = button.closest("li"), list = last.parentElement, before = last.previousElementSibling;
    last.remove();
    list.insertAdjacentHTML("beforeend", html);
    before?.nextElementSibling?.querySelector("a, button")?.focus();
  }

  // --- a merge: shown first, then confirmed
  async function preview(button) {
    button.disabled = true;
    const html = await fetched(button.dataset.merge);
    button.disabled = false;
    if (html === null) return;
    // A dead button has no focus: closed, the dialog gives it back to where it was.
    button.focus();
    dialog.innerHTML = html;
    dialog.showModal();
  }
  dialog.addEventListener("submit", async (event) => {
    event.preventDefault();
    const form = event.target;
    form.querySelector(".form-error")?.remove();
    const answer = await Talk.act(event.submitter, form.action);
    if (answer.ok) { say(""); isStale = true; dialog.close(); return; }
    const line = document.createElement("p");
    line.className = "form-error"; line.role = "alert"; line.textContent = answer.error;
    form.append(line);
  });
  dialog.addEventListener("click", (event) => { if (event.target === dialog || event.target.closest("[data-merge-close]")) dialog.close(); });

  async function post(button) {
    if (button.dataset.confirm && !confirm(button.dataset.confirm)) return;
    const answer = await Talk.act(button, button.dataset.clientPost);
    say(answer.ok ? answer.said ?? "" : answer.error, !answer.ok);
    if (answer.ok) load();
  }
  inside.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button?.dataset.more) more(button);
    else if (button?.dataset.merge) preview(button);
    else if (button?.dataset.clientPost) post(button);
  });

  // --- another client, whom the operator knows to be the same; the last word typed is answered
  async function search(field) {
    const turn = ++asked, query = field.value.trim();
    const html = query.length < 2 ? "" : await fetched(`${field.dataset.url}?q=${encodeURIComponent(query)}`);
    if (turn === asked && html !== null) document.getElementById("client-found").innerHTML = html;
  }
  inside.addEventListener("input", (event) => {
    if (event.target.id !== "client-search") return;
    clearTimeout(typing);
    typing = setTimeout(search, SEARCH, event.target);
  });

  load();
});
