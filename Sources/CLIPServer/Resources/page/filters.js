// Folder, dates and folding of near-duplicates.

import * as api from "./api.js";
import { $, make } from "./elements.js";
import { number, t } from "./language.js";
import { folderName } from "./pictures.js";
import { filterCount } from "./query.js";

export function makeFilters({ change }) {
  const form = $("filters");
  let folders = [];
  let query = null;

  $("filter-button").addEventListener("click", () => setOpen(form.hidden));
  form.addEventListener("change", () => {
    change({
      folder: form.elements.folder.value,
      from: form.elements.from.value,
      to: form.elements.to.value,
      fold: form.elements.fold.checked,
    });
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => change({ folder: "", from: "", to: "", fold: false }));
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    setOpen(false);
    $("filter-button").focus();
  });

  function setOpen(open) {
    form.hidden = !open;
    $("filter-button").setAttribute("aria-expanded", String(open));
  }

  /// Asks the server which folders there are.
  async function reload() {
    try {
      folders = (await api.facets()).folders;
    } catch {
      folders = [];
    }
    if (query) show(query);
  }

  function show(next) {
    query = next;
    const known = folders.some(({ folder }) => folder === query.folder);
    const entries = query.folder && !known ? [...folders, { folder: query.folder, count: 0 }] : folders;
    form.elements.folder.replaceChildren(
      make("option", { value: "" }, t("anyFolder")),
      ...entries.map(({ folder, count }) => make("option", { value: folder }, `${folderName(folder)} (${number(count)})`)));
    form.elements.folder.value = query.folder;
    form.elements.from.value = query.from;
    form.elements.to.value = query.to;
    form.elements.fold.checked = query.fold;
    const count = filterCount(query);
    $("filter-count").textContent = count || "";
    $("filter-count").hidden = count === 0;
  }

  return { show, reload };
}
