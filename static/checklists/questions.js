// Rows of stages or columns: added, removed and moved.
(() => {
  const form = document.getElementById("questions");
  const rows = document.getElementById("rows");
  const total = form.querySelector("input[name$=TOTAL_FORMS]");
  const empty = document.getElementById("empty-row");
  form.classList.add("ck-scripted");

  const shown = () => [...rows.children].filter((row) => !row.hidden);
  const field = (row, name) => row.querySelector(`[name$="-${name}"]`);

  // Only a column that is one of several has options.
  function fit(row) {
    const kind = field(row, "type");
    const options = row.querySelector(".ck-options");
    if (kind && options) options.hidden = kind.value !== "choice";
  }

  function number() {
    shown().forEach((row, at) => {
      row.querySelector(".ck-number").textContent = at + 1;
      field(row, "ORDER").value = at + 1;
    });
    [...rows.children].forEach(fit);
  }

  document.getElementById("add-row").addEventListener("click", () => {
    const draft = document.createElement("template");
    draft.innerHTML = empty.innerHTML.replaceAll("__prefix__", total.value);
    const row = draft.content.firstElementChild;
    rows.append(row);
    total.value = Number(total.value) + 1;
    number();
    row.querySelector("input, textarea").focus();
  });

  rows.addEventListener("click", (event) => {
    const act = event.target.closest("[data-act]")?.dataset.act;
    if (!act) return;
    const row = event.target.closest("[data-row]");
    const all = shown();
    const at = all.indexOf(row);
    if (act === "remove") {
      field(row, "DELETE").checked = true;
      row.hidden = true;
    } else if (act === "up" && at > 0) {
      rows.insertBefore(row, all[at - 1]);
    } else if (act === "down" && at < all.length - 1) {
      rows.insertBefore(all[at + 1], row);
    }
    number();
    if (act !== "remove") event.target.closest("[data-act]").focus();
  });

  rows.addEventListener("change", (event) => fit(event.target.closest("[data-row]")));
  number();
})();
