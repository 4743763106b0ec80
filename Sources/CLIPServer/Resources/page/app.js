// Glue: the query in the address bar drives everything that is on the screen.

import * as api from "./api.js";
import { askForToken, fillAbout } from "./dialogs.js";
import { makeDrop } from "./drop.js";
import { $, icon, make, toast } from "./elements.js";
import { makeGallery } from "./gallery.js";
import { apply, duration, language, number, onLanguageChange, setLanguage, t } from "./language.js";
import { emptyQuery, filterCount, fromAddress, isSearch, isSorting, toAddress, toListParameters, toSearchBody } from "./query.js";
import { makeSearchBox } from "./search-box.js";
import { makeSorting } from "./sorting.js";
import { makeTheme } from "./theme.js";
import { makeUploads } from "./uploads.js";
import { makeViewer } from "./viewer.js";
import { makeFilters } from "./filters.js";

let query = fromAddress(location.search);
let status = null;
let lastPage = null;
let abort = new AbortController();

api.onUnauthorized(askForToken);

const gallery = makeGallery({
  fetchPage: (offset, limit) =>
    isSearch(query)
      ? api.search(toSearchBody(query, offset, limit), abort.signal)
      : api.pictures(toListParameters(query, offset, limit), abort.signal),
  open: (index) => viewer.open(index),
  similar: (id) => change({ ...emptyQuery(), like: id }),
  onFirstPage: showPage,
  onProblem: showProblem,
});

const viewer = makeViewer({
  gallery,
  similar: (id) => change({ ...emptyQuery(), like: id }),
  removed: (id) => {
    gallery.remove(id);
    refreshStatus();
  },
  onClose: (index) => { if (index >= 0) gallery.focus(index); },
});

const searchBox = makeSearchBox({
  change,
  clear: () => change({ ...emptyQuery(), folder: query.folder, from: query.from, to: query.to, fold: query.fold }),
});
const filters = makeFilters({ change });
const theme = makeTheme();
const sorting = makeSorting({ sort: (sort) => change({ ...emptyQuery(), sort }), onProblem: showProblem });

const uploads = makeUploads({
  limit: () => status?.limits.uploadBytes ?? Infinity,
  finished: () => {
    refreshStatus();
    filters.reload();
    if (!isSearch(query)) run();
  },
});

makeDrop({
  search: (file) => searchBox.searchByFile(file),
  upload: (files) => uploads.add(files),
  canUpload: () => status?.features.upload === true,
});

/// Applies `patch` to the query, remembers it in the address bar and shows the answer.
function change(patch, { keepTyping = false } = {}) {
  // A search ends the sorting.
  query = { ...query, sort: [], ...patch };
  history.pushState({ image: query.image }, "", toAddress(query));
  scrollTo({ top: 0, behavior: "instant" });
  run({ keepTyping });
}

function run({ keepTyping = false } = {}) {
  abort.abort();
  abort = new AbortController();
  document.documentElement.dataset.mode = isSearch(query) || isSorting(query) ? "results" : "home";
  searchBox.show(query, { keepTyping });
  filters.show(query);
  sorting.show(query.sort);
  $("filter-button").hidden = isSorting(query);
  $("state").hidden = true;
  $("add-minus").hidden = !isSearch(query);
  showSummary(null);
  if (isSorting(query)) return showSorted();
  return gallery.restart();
}

async function showSorted() {
  gallery.stop();
  const text = await sorting.load(query.sort, abort.signal);
  if (text !== null) $("timing").textContent = text;
}

function summaryText() {
  if (isSorting(query)) return t("sortedTitle", { words: query.sort.join(t("listComma")) });
  if (!isSearch(query)) return t(filterCount(query) ? "allPictures" : "recent");
  const picture = query.image !== null || query.like !== null;
  const terms = query.minus.map((term) => `“${term}”`).join(language() === "zh" ? "、" : ", ");
  if (!picture && !query.text) return t("onlyMinus", { terms });
  const base = t(picture ? (query.text ? "resultsBoth" : "resultsPicture") : "resultsText", { text: query.text });
  return query.minus.length ? t("resultsMinus", { base, terms }) : base;
}

function showSummary(page) {
  lastPage = page;
  $("summary").textContent = summaryText();
  $("timing").textContent = page === null ? ""
    : isSearch(query) ? t("timing", { count: number(page.total), time: duration(page.milliseconds) })
      : t("count", { count: number(page.total) });
  document.title = isSearch(query) && query.text ? `${query.text} · ${t("title")}` : t("title");
  viewer.setTotal(page?.total);
}

function showPage(page) {
  showSummary(page);
  if (page.hits.length === 0) showEmpty();
}

function showState({ symbol, title, text, code, buttons = [] }) {
  $("state").replaceChildren(
    icon(symbol, "large"), make("h3", {}, title), text ? make("p", {}, text) : "",
    code ? make("pre", {}, make("code", {}, code)) : "",
    make("div", { class: "buttons" }, ...buttons));
  $("state").hidden = false;
}

function showEmpty() {
  if (filterCount(query)) {
    showState({
      symbol: "filter", title: t("noResultsTitle"), text: t("noResultsText"),
      buttons: [button("resetFilters", () => change({ folder: "", from: "", to: "", fold: false }))],
    });
  } else {
    const upload = status?.features.upload === true;
    showState({
      symbol: "picture", title: t("emptyTitle"), text: t(upload ? "emptyText" : "emptyReadOnly"),
      code: `cnclip index ~/Pictures --library ${status?.library.name ?? "DIR"}`,
      buttons: upload ? [button("addPictures", () => $("upload-files").click(), "primary")] : [],
    });
  }
}

let retryTimer = 0;

function showProblem(error, first) {
  clearTimeout(retryTimer);
  if (error.status === 503) {
    const seconds = error.retryAfter ?? 2;
    if (!first) toast(t("busyTitle"));
    else showState({ symbol: "retry", title: t("busyTitle"), text: t("busyText", { seconds }) });
    retryTimer = setTimeout(() => (first ? run() : gallery.load()), 1000 * seconds);
    return;
  }
  if (!first) return toast(error.status === 0 ? t("offlineTitle") : error.message);
  const offline = error.status === 0;
  const buttons = [button("tryAgain", () => run(), "primary")];
  if (isSearch(query)) buttons.push(button("backToAll", () => change(emptyQuery())));
  showState({
    symbol: "warning", title: t(offline ? "offlineTitle" : "errorTitle"),
    text: offline ? t("offlineText") : error.message, buttons,
  });
}

const button = (key, onclick, kind = "pill") => make("button", { type: "button", class: kind, onclick }, t(key));

async function refreshStatus() {
  try {
    status = await api.status();
  } catch {
    return;
  }
  showStatus();
}

function showStatus() {
  if (!status) return;
  const count = status.library.pictures;
  $("tagline").textContent = count ? t("taglineCount", { count: number(count) }) : t("taglineEmpty");
  $("upload-button").hidden = !status.features.upload;
  viewer.allow({ delete: status.features.delete });
  fillAbout(status);
}

function translate() {
  apply();
  $("tagline").textContent = t("taglineEmpty");
  $("language").querySelector("span").textContent = language() === "zh" ? "EN" : "中";
  $("language").setAttribute("aria-label", t("switchLanguage"));
  $("language").title = t("switchLanguage");
  showStatus();
  searchBox.show(query);
  filters.show(query);
  showSummary(lastPage);
  theme.show();
  viewer.retranslate();
}

$("language").addEventListener("click", () => setLanguage(language() === "zh" ? "en" : "zh"));
$("help").addEventListener("click", () => $("about").showModal());
onLanguageChange(() => {
  translate();
  run();
});

// "Exclude" puts a minus into the box, which is also how one learns the syntax.
$("add-minus").addEventListener("click", () => {
  const words = $("words");
  words.value = `${words.value.trim()} -`.trimStart();
  words.focus();
});

document.querySelector("[data-home]").addEventListener("click", (event) => {
  if (event.metaKey || event.ctrlKey) return;
  event.preventDefault();
  change(emptyQuery());
});

addEventListener("popstate", (event) => {
  query = { ...fromAddress(location.search), image: event.state?.image ?? null };
  viewer.close();
  run();
});

document.addEventListener("keydown", (event) => {
  if (event.target.matches("input, select, textarea") || document.querySelector("dialog[open]")) return;
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  if (event.key === "/") {
    event.preventDefault();
    searchBox.focus();
  } else if (event.key === "Escape" && (isSearch(query) || isSorting(query))) {
    change(emptyQuery());
  }
});

async function start() {
  // `cnclip serve` prints an address with the token behind "#", which never leaves the browser.
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (token) {
    history.replaceState(null, "", location.pathname + location.search);
    await api.openSession(token).catch(() => {});
  }
  query.image = history.state?.image ?? null;
  translate();
  run();
  await refreshStatus();
  if (status?.library.pictures === 0 && !$("state").hidden) showEmpty();
  filters.reload();
  const lone = new URLSearchParams(location.search).get("picture");
  if (lone) viewer.openLone(lone).catch((error) => toast(error.message));
}

start();
