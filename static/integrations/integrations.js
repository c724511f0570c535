// The cards' search box, copy buttons, settings that depend on others, and forms that must not be sent twice.
(() => {
  const search = document.getElementById("in-search");
  const nothing = document.getElementById("in-nothing");

  const filter = () => {
    const words = search.value.toLocaleLowerCase().split(/\s+/).filter(Boolean);
    let found = 0;
    for (const shelf of document.querySelectorAll("[data-shelf]")) {
      let here = 0;
      for (const card of shelf.querySelectorAll("[data-find]")) {
        const text = card.dataset.find.toLocaleLowerCase();
        card.hidden = !words.every((word) => text.includes(word));
        here += card.hidden ? 0 : 1;
      }
      shelf.hidden = here === 0;
      found += here;
    }
    nothing.hidden = found > 0;
  };
  if (search) search.addEventListener("input", filter);

  // navigator.clipboard is missing on plain HTTP, where a newcomer's first start runs.
  const copy = async (text) => {
    if (navigator.clipboard) return navigator.clipboard.writeText(text);
    const box = document.createElement("textarea");
    box.value = text;
    document.body.append(box);
    box.select();
    document.execCommand("copy");
    box.remove();
  };
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy-text]");
    if (!button) return;
    await copy(button.dataset.copyText);
    const label = button.textContent;
    button.textContent = button.dataset.copied;
    setTimeout(() => { button.textContent = label; }, 1500);
  });

  // A setting that another one's value makes pointless is not asked for.
  const asked = () => {
    for (const field of document.querySelectorAll("[data-only-for]")) {
      const wanted = Object.entries(JSON.parse(field.dataset.onlyFor));
      const fits = wanted.every(([name, values]) => values.includes(field.form.elements[name]?.value));
      field.closest(".group").hidden = !fits && !field.closest(".errors");
    }
  };
  document.addEventListener("change", asked);
  asked();

  document.addEventListener("submit", (event) => {
    for (const button of event.target.querySelectorAll("button[type=submit]")) {
      button.style.opacity = ".5";
      setTimeout(() => { button.disabled = true; });
    }
  });
  // Back from the next page: the browser shows this one as it was left.
  window.addEventListener("pageshow", () => {
    for (const button of document.querySelectorAll("button[type=submit][disabled]")) {
      button.disabled = false;
      button.style.opacity = "";
    }
  });
})();
