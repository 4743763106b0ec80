// Rows of pictures that fill the width, loaded a page at a time while the reader scrolls.

import { $, icon, make } from "./elements.js";
import { percent, t } from "./language.js";
import { ratio, thumbnail, title } from "./pictures.js";
import { layOut } from "./rows.js";

const pageSize = 60;

/// `fetchPage(offset, limit)` resolves to { hits, nextOffset, … }; `open(index)` shows one large.
export function makeGallery({ fetchPage, open, similar, onFirstPage, onProblem }) {
  const rows = $("rows");
  const more = $("more");
  let hits = [];
  let nextOffset = 0;
  let loading = null;
  let generation = 0;
  let weaker = false;

  const observer = new IntersectionObserver(
    (entries) => entries.some((entry) => entry.isIntersecting) && load(),
    { rootMargin: "1200px 0px" });

  /// Forgets everything and loads the first page.
  async function restart() {
    generation += 1;
    loading = null;
    hits = [];
    nextOffset = 0;
    weaker = false;
    observer.unobserve(more);
    rows.classList.add("stale");
    more.hidden = false;
    await load();
  }

  /// Loads nothing more, and drops what is on its way.
  function stop() {
    generation += 1;
    loading = null;
    nextOffset = null;
    hits = [];
    observer.unobserve(more);
    more.hidden = true;
    rows.replaceChildren();
  }

  async function load() {
    if (loading !== null || nextOffset === null) return loading;
    const mine = generation;
    loading = (async () => {
      try {
        const page = await fetchPage(nextOffset, pageSize);
        if (mine !== generation) return;
        const first = nextOffset === 0;
        if (first) {
          rows.replaceChildren();
          rows.classList.remove("stale");
        }
        nextOffset = page.nextOffset ?? null;
        append(page.hits);
        more.hidden = nextOffset === null;
        loading = null;
        if (first) onFirstPage(page);
        // Observing anew reports at once when the end is still within reach.
        observer.unobserve(more);
        if (nextOffset !== null) observer.observe(more);
      } catch (error) {
        if (mine !== generation || error.name === "AbortError") return;
        loading = null;
        more.hidden = true;
        rows.classList.remove("stale");
        if (nextOffset === 0) rows.replaceChildren();
        onProblem(error, nextOffset === 0);
      }
    })();
    return loading;
  }

  function append(page) {
    for (const hit of page) {
      if (!weaker && hit.probability !== undefined && hit.probability !== null && hit.probability < 0.5) {
        weaker = true;
        if (hits.length) rows.append(make("li", { class: "divider" }, make("span", {}, t("weaker"))));
      }
      rows.append(tile(hit, hits.length));
      hits.push(hit);
    }
    rows.querySelector("a")?.setAttribute("tabindex", "0");
    layOut(rows);
  }

  let laidOutWidth = 0;
  new ResizeObserver(() => {
    if (rows.clientWidth === laidOutWidth) return;
    laidOutWidth = rows.clientWidth;
    layOut(rows);
  }).observe(rows);

  function tile(hit, index) {
    const { picture } = hit;
    const name = title(picture);
    const image = make("img", {
      src: thumbnail(picture.id), alt: name, decoding: "async",
      loading: index < 12 ? null : "lazy",
    });
    image.addEventListener("load", () => image.classList.add("ready"));
    image.addEventListener("error", () => image.closest(".tile").classList.add("broken"));
    const link = make("a", {
      href: `?picture=${picture.id}`, tabindex: "-1", "data-index": index,
      "aria-label": t("openPicture", { name }) + (typeof hit.probability === "number" ? `, ${t("match", { percent: percent(hit.probability) })}` : ""),
    }, image, overlay(hit, name));
    const again = make("button", {
      type: "button", class: "similar", tabindex: "-1", title: t("moreLikeThis"),
      "aria-label": `${t("moreLikeThis")}: ${name}`,
      onclick: () => similar(picture.id),
    }, icon("similar"));
    return make("li", {
      class: "tile", "data-id": picture.id, "data-ratio": ratio(picture).toFixed(4),
    }, link, again);
  }

  function overlay(hit, name) {
    const parts = [make("span", { class: "tile-name" }, name)];
    if (typeof hit.probability === "number") parts.push(meter(hit.probability));
    return make("span", { class: "tile-info", "aria-hidden": "true" }, ...parts);
  }

  const links = () => [...rows.querySelectorAll(".tile > a")];

  rows.addEventListener("click", (event) => {
    const link = event.target.closest(".tile > a");
    if (!link || event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    open(Number(link.dataset.index));
  });

  rows.addEventListener("focusin", (event) => {
    const link = event.target.closest(".tile > a");
    if (!link) return;
    for (const other of rows.querySelectorAll('a[tabindex="0"]')) other.tabIndex = -1;
    link.tabIndex = 0;
  });

  rows.addEventListener("keydown", (event) => {
    const link = event.target.closest(".tile > a");
    if (!link || event.altKey || event.ctrlKey || event.metaKey) return;
    const all = links();
    const index = all.indexOf(link);
    let target = null;
    if (event.key === "ArrowRight") target = all[index + 1];
    else if (event.key === "ArrowLeft") target = all[index - 1];
    else if (event.key === "ArrowDown") target = vertical(all, link, 1);
    else if (event.key === "ArrowUp") target = vertical(all, link, -1) ?? $("words");
    else if (event.key === "Home") target = all[0];
    else if (event.key === "End") target = all.at(-1);
    else if (event.key === "s" || event.key === "S") return similar(Number(link.parentElement.dataset.id));
    else return;
    event.preventDefault();
    target?.focus();
    target?.scrollIntoView({ block: "nearest" });
    if (index > all.length - 12) load();
  });

  /// The picture of the next row whose middle is nearest to this one's.
  function vertical(all, link, direction) {
    const from = link.getBoundingClientRect();
    const middle = from.left + from.width / 2;
    let best = null;
    let row = null;
    for (const other of direction > 0 ? all.slice(all.indexOf(link)) : all.slice(0, all.indexOf(link)).reverse()) {
      const box = other.getBoundingClientRect();
      if (direction > 0 ? box.top < from.bottom : box.bottom > from.top) continue;
      if (row !== null && Math.abs(box.top - row) > 4) break;
      row ??= box.top;
      const distance = Math.abs(box.left + box.width / 2 - middle);
      if (best === null || distance < best.distance) best = { distance, other };
    }
    return best?.other ?? null;
  }

  /// Takes a deleted picture out without loading anything again.
  function remove(id) {
    rows.querySelector(`[data-id="${id}"]`)?.remove();
    hits = hits.filter((hit) => hit.picture.id !== id);
    links().forEach((link, index) => { link.dataset.index = index; });
    layOut(rows);
    if (nextOffset !== null) nextOffset = Math.max(0, nextOffset - 1);
  }

  return {
    restart, stop, load, remove,
    hit: (index) => hits[index],
    count: () => hits.length,
    focus: (index) => links()[index]?.focus({ preventScroll: false }),
    clear: () => rows.replaceChildren(),
  };
}

/// A bar of how well a picture fits, in three strengths.
export function meter(probability) {
  const strength = probability >= 0.8 ? "strong" : probability >= 0.5 ? "fair" : "weak";
  return make("span", { class: `meter ${strength}`, style: { "--value": probability.toFixed(3) } }, make("i"));
}
