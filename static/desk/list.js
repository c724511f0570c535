// The list of conversations: filters take effect at once, and what changes anywhere is brought up to date.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const list = document.querySelector(".desk-list"), rows = document.getElementById("rows");
  const offline = document.querySelector(".desk-offline"), title = document.title.replace(/^\(\d+\) /, "");
  const forms = [...document.querySelectorAll("form[data-filter]")], acts = document.querySelector(".desk-filter-acts");
  let asked = 0;

  function counted() {
    const counts = JSON.parse(rows.firstElementChild.dataset.counts);
    document.title = counts.unread ? `(${counts.unread}) ${title}` : title;
    for (const badge of document.querySelectorAll("[data-count]")) {
      badge.textContent = counts[badge.dataset.count]; badge.hidden = !counts[badge.dataset.count];
    }
    Desk.tick();
  }

  // Only the answer to the latest question counts: filters may have changed while an earlier one was on its way.
  async function ask(fresh, signal) {
    const query = new URLSearchParams(location.search), mine = fresh ? ++asked : asked;
    query.set("names", rows.firstElementChild.dataset.names);
    if (!fresh) query.set("stamp", rows.firstElementChild.dataset.stamp);
    const answer = await Desk.look(`${list.dataset.liveUrl}?${query}`, signal);
    const text = answer && (await answer.text()).trim();
    if (!text || mine !== asked) return;
    const box = document.createElement("template");
    box.innerHTML = text;
    const found = box.content.firstElementChild;
    Desk.patch(rows.firstElementChild, found.innerHTML);
    Object.assign(rows.firstElementChild.dataset, found.dataset);
    rows.removeAttribute("aria-busy");
    counted();
    list.dispatchEvent(new Event("rows"));
  }

  // --- filters: the address is the view
  function wished() {
    const query = new URLSearchParams();
    for (const form of forms) for (const [name, value] of new FormData(form)) if (value) query.set(name, value);
    return query;
  }

  function show(query, push = true) {
    if (push) history.pushState(null, "", `?${query}`);
    marked();
    rows.setAttribute("aria-busy", "true");
    list.dispatchEvent(new Event("wish"));
    ask(true).catch(() => { offline.hidden = false; });
  }

  function current(link, isThis) { if (isThis) link.setAttribute("aria-current", "page"); else link.removeAttribute("aria-current"); }
  // Views, the bulk bar and «clear» tell what the address says.
  function marked() {
    const query = new URLSearchParams(location.search), view = query.get("view") || "all";
    const narrowed = [...query.keys()].some((name) => !["view", "n"].includes(name));
    let kept = false;
    for (const link of document.querySelectorAll("[data-query]")) {
      const isThis = link.dataset.query === query.toString();
      current(link, isThis); kept ||= isThis;
    }
    for (const link of document.querySelectorAll("[data-view]")) current(link, !kept && link.dataset.view === view);
    acts.hidden = !narrowed;
    for (const form of forms) for (const field of form.elements) {
      if (!field.name) continue;
      if (field.type === "checkbox") field.checked = query.get(field.name) === field.value;
      else if (field !== document.activeElement) field.value = query.get(field.name) ?? (field.name === "view" ? view : "");
      field.closest("label, select")?.classList.toggle("is-set", field.name !== "view" && query.has(field.name));
    }
  }

  let typing = null;
  for (const form of forms) {
    form.addEventListener("submit", (event) => { event.preventDefault(); clearTimeout(typing); show(wished()); });
    form.addEventListener("change", (event) => { if (event.target.type !== "search") show(wished()); });
    // While it is typed the address is not filled with halves of words.
    form.addEventListener("input", (event) => {
      if (event.target.type !== "search") return;
      clearTimeout(typing);
      typing = setTimeout(() => show(wished()), 400);
    });
  }
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-view], [data-query], [data-clear], .desk-more a, .desk-empty a[href^='?']");
    if (!link || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    show(new URLSearchParams(link.getAttribute("href").slice(1)));
  });
  addEventListener("popstate", () => show(null, false));

  // --- views that people keep; the focus goes on at the one that is shown
  const views = document.getElementById("views"), dialog = document.getElementById("save-view");
  async function drawViews() {
    const answer = await Desk.look(location.href);
    if (!answer) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    views.replaceChildren(...fresh.getElementById("views").childNodes);
    marked();
    counted();
    views.querySelector("[aria-current]")?.focus();
  }
  document.querySelector("[data-save-view]")?.addEventListener("click", () => dialog.showModal());
  dialog?.querySelector("[data-close]").addEventListener("click", () => dialog.close());
  dialog?.querySelector("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const form = event.target, data = new FormData(form), error = form.querySelector(".form-error");
    data.set("filters", location.search.slice(1));
    const answer = await Desk.post(form.dataset.url, data, list.dataset);
    error.hidden = answer.ok; error.textContent = answer.error ?? "";
    if (!answer.ok) return;
    form.reset();
    dialog.close();
    drawViews().catch(() => { offline.hidden = false; });
  });

  // --- small posts: undo, delete a view
  list.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-list-post]");
    if (!button || (button.dataset.confirm && !confirm(button.dataset.confirm))) return;
    const isView = views.contains(button), isFocused = document.activeElement === button;
    button.disabled = true;
    const answer = await Desk.post(button.dataset.listPost, new FormData(), list.dataset);
    button.disabled = false;
    // What was undone has no button any more: above it one chooses what comes next.
    if (isFocused) (answer.ok && document.querySelector("[data-choose-page]") || button).focus();
    if (!answer.ok) alert(answer.error);
    else (isView ? drawViews() : ask(true)).catch(() => { offline.hidden = false; });
  });

  Desk.remember(rows.firstElementChild);
  marked();
  counted();
  const me = Number(list.dataset.member);
  const refresh = Desk.watch(list.dataset.changesUrl, () => rows.firstElementChild, (signal) => ask(false, signal), {
    onState: (answered) => { offline.hidden = answered; },
    // What is shown, or may have to be shown now. A search reads all messages: not with each of them.
    isMine: ([conversation, operator]) => {
      const query = new URLSearchParams(location.search), view = query.get("view");
      if (document.getElementById(`c${conversation}`)) return true;
      if (query.get("q")) return false;
      return view === "mine" ? operator === me : view === "free" ? operator === 0 : true;
    },
    // What becomes overdue does so by itself: nothing is told of it.
    full: () => new URLSearchParams(location.search).get("view") === "overdue" ? 60000 : 300000,
    // A bulk action tells how far it is.
    busy: () => Boolean(rows.querySelector("[data-unfinished]")),
  });
  list.addEventListener("ordered", () => ask(true).catch(() => { offline.hidden = false; }));
  list.addEventListener("stale", refresh);
  new BroadcastChannel("desk-read").onmessage = ({data: conversation}) => {
    if (document.getElementById(`c${conversation}`)?.closest(".is-unread")) refresh();
  };
});
