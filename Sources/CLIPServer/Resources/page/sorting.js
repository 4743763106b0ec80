// The library sorted by words: a strip of pictures for each, the ones that fit best first.

import * as api from "./api.js";
import { $, icon, make } from "./elements.js";
import { duration, number, percent, t } from "./language.js";
import { meter } from "./gallery.js";
import { thumbnail, title } from "./pictures.js";

const picturesOfWord = 24;
const mostWords = 100;

/// Splits what was typed into different words.
export const words = (typed) =>
  [...new Set(typed.split(/[,，、;；\n]/u).map((word) => word.trim()).filter(Boolean))].slice(0, mostWords);

/// `sort(words)` is called when words were chosen.
export function makeSorting({ sort, onProblem }) {
  const form = $("sort-form");
  const input = $("sort-words");
  const button = $("sort-button");
  const place = $("sorted");

  button.addEventListener("click", () => {
    form.hidden = !form.hidden;
    button.setAttribute("aria-expanded", String(!form.hidden));
    if (!form.hidden) input.focus();
  });

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const chosen = words(input.value);
    if (chosen.length) sort(chosen);
    else input.focus();
  });

  /// Shows that words are chosen, or that none are.
  function show(chosen) {
    place.hidden = chosen.length === 0;
    $("rows").hidden = chosen.length > 0;
    if (chosen.length === 0) return place.replaceChildren();
    form.hidden = false;
    button.setAttribute("aria-expanded", "true");
    input.value = chosen.join(t("listComma"));
  }

  /// Asks the server and shows the strips; resolves to the sentence for the summary.
  async function load(chosen, signal) {
    place.classList.add("stale");
    try {
      const answer = await api.sort({ labels: chosen, limit: picturesOfWord }, signal);
      place.classList.remove("stale");
      const full = answer.labels.filter((label) => label.count > 0);
      const empty = answer.labels.filter((label) => label.count === 0).map((label) => label.label);
      place.replaceChildren(
        ...full.map(strip),
        empty.length ? make("p", { class: "sorted-note" }, t("sortedEmpty", { words: empty.join(t("listComma")) })) : "",
        answer.unsorted ? make("p", { class: "sorted-note" }, t("sortedUnsorted", { count: number(answer.unsorted) })) : "");
      const total = answer.labels.reduce((sum, label) => sum + label.count, 0);
      return t("sortedSummary", { count: number(total), time: duration(answer.milliseconds) });
    } catch (error) {
      if (error.name === "AbortError") return null;
      place.classList.remove("stale");
      place.replaceChildren();
      onProblem(error, true);
      return null;
    }
  }

  function strip(group) {
    const more = make("a", {
      class: "link", href: `?q=${encodeURIComponent(group.label)}`,
    }, t("sortedSearch"), icon("right"));
    return make("section", { class: "strip" },
      make("header", {}, make("h3", {}, group.label), make("span", {}, t("count", { count: number(group.count) })), more),
      make("ul", { role: "list" }, ...group.hits.map(tile)));
  }

  function tile({ picture, probability }) {
    const name = title(picture);
    const image = make("img", { src: thumbnail(picture.id), alt: name, loading: "lazy", decoding: "async" });
    image.addEventListener("error", () => image.closest("li").classList.add("broken"));
    return make("li", {},
      make("a", {
        href: `?picture=${picture.id}`, title: name,
        "aria-label": `${t("openPicture", { name })}, ${t("match", { percent: percent(probability) })}`,
      }, image, meter(probability)));
  }

  return { show, load };
}
