// One picture, large, with what is known about it; arrow keys and swipes move through the results.

import * as api from "./api.js";
import { $, make, toast } from "./elements.js";
import { bytes, date, number, percent, t } from "./language.js";
import { folderName, original, thumbnail, title } from "./pictures.js";
import { meter } from "./gallery.js";

/// `gallery` gives the neighbours; `similar(id)` and `removed(id)` tell the page what happened.
export function makeViewer({ gallery, similar, removed, onClose }) {
  const dialog = $("viewer");
  const image = $("viewer-image");
  let index = -1;
  let hit = null;
  let canDelete = false;

  function open(at) {
    index = at;
    const next = gallery.hit(at);
    if (next) show(next);
  }

  /// Shows a picture that is not among the results, from an address.
  async function openLone(id) {
    index = -1;
    show({ picture: await api.picture(id) });
  }

  function show(next) {
    hit = next;
    const { picture } = hit;
    $("stage-error").hidden = true;
    image.alt = title(picture);
    // The thumbnail is there already; the original replaces it when it has come.
    image.src = thumbnail(picture.id);
    image.classList.add("preview");
    // Small pictures are shown at up to twice their size, large ones at most at their own.
    const width = picture.width || 1200;
    image.style.setProperty("--width", `${width < 700 ? Math.min(2 * width, 700) : width}px`);
    image.style.setProperty("--ratio", `${picture.width || 4} / ${picture.height || 3}`);
    const full = new Image();
    full.src = original(picture.id);
    full.decode().then(
      () => { if (hit === next) { image.src = full.src; image.classList.remove("preview"); } },
      () => { if (hit === next) image.classList.remove("preview"); });
    words();
    if (!dialog.open) dialog.showModal();
    dialog.querySelector(".details").scrollTop = 0;
    if (index >= gallery.count() - 8) gallery.load();
    preload(index + 1);
    preload(index - 1);
  }

  function words() {
    const { picture } = hit;
    $("viewer-title").textContent = picture.name;
    $("viewer-caption").textContent = picture.caption ?? "";
    $("viewer-caption").hidden = !picture.caption;
    $("viewer-open").href = original(picture.id);
    $("viewer-download").href = original(picture.id);
    $("viewer-download").download = picture.name;
    $("viewer-delete").hidden = !canDelete;
    $("position").textContent = index < 0 ? "" : t("positionOf", { index: number(index + 1), total: number(total()) });
    $("previous").hidden = index <= 0;
    $("next").hidden = index < 0 || index >= gallery.count() - 1;
    $("viewer-facts").replaceChildren(...facts(picture));
    $("labels-result").replaceChildren();
    match();
  }

  let total = () => gallery.count();

  function facts(picture) {
    const rows = [
      ["factFolder", folderName(picture.folder)],
      ["factSize", picture.width ? `${number(picture.width)} × ${number(picture.height)}` : null],
      ["factBytes", picture.bytes ? `${bytes(picture.bytes)}${picture.format ? ` · ${picture.format.toUpperCase()}` : ""}` : null],
      ["factTaken", picture.taken ? date(picture.taken) : null],
      ["factCamera", picture.camera],
      ["factTags", picture.tags?.length ? picture.tags.join("、") : null],
    ];
    return rows.filter(([, value]) => value).map(([key, value]) =>
      make("div", {}, make("dt", {}, t(key)), make("dd", {}, value)));
  }

  function match() {
    const box = $("viewer-match");
    box.hidden = hit.cosine === undefined;
    if (box.hidden) return box.replaceChildren();
    const cosine = hit.cosine.toFixed(3);
    const head = make("p", { class: "match-head" }, make("span", {}, t("matchTitle")));
    if (typeof hit.probability === "number") {
      head.append(make("strong", {}, percent(hit.probability)));
      box.replaceChildren(head, meter(hit.probability), make("small", {}, t("matchNote", { cosine })));
    } else {
      head.append(make("strong", {}, cosine));
      box.replaceChildren(head, meter(Math.max(0, hit.cosine)), make("small", {}, t("matchNoteCosine", { cosine })));
    }
  }

  function preload(at) {
    const neighbour = gallery.hit(at);
    if (neighbour) new Image().src = thumbnail(neighbour.picture.id);
  }

  function step(by) {
    if (index < 0 || !gallery.hit(index + by)) return;
    open(index + by);
  }

  $("previous").addEventListener("click", () => step(-1));
  $("next").addEventListener("click", () => step(1));
  $("viewer-close").addEventListener("click", () => dialog.close());
  $("viewer-similar").addEventListener("click", () => {
    const { id } = hit.picture;
    index = -1;
    dialog.close();
    similar(id);
  });
  dialog.addEventListener("close", () => {
    image.removeAttribute("src");
    onClose(index);
  });
  image.addEventListener("error", () => { if (image.getAttribute("src")) $("stage-error").hidden = false; });
  dialog.addEventListener("keydown", (event) => {
    if (event.target.matches("input") || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "ArrowLeft") step(-1);
    else if (event.key === "ArrowRight") step(1);
    else if (event.key === "s" || event.key === "S") $("viewer-similar").click();
    else return;
    event.preventDefault();
  });

  // A click beside the picture closes; a swipe moves on.
  let start = null;
  $("stage").addEventListener("click", (event) => { if (event.target === $("stage")) dialog.close(); });
  $("stage").addEventListener("touchstart", (event) => {
    start = event.touches.length === 1 ? event.touches[0] : null;
  }, { passive: true });
  $("stage").addEventListener("touchend", (event) => {
    if (!start) return;
    const x = event.changedTouches[0].clientX - start.clientX;
    const y = event.changedTouches[0].clientY - start.clientY;
    start = null;
    if (Math.abs(x) > 48 && Math.abs(x) > 2 * Math.abs(y)) step(x > 0 ? -1 : 1);
  });

  $("viewer-delete").addEventListener("click", () => {
    const { picture } = hit;
    $("confirm-text").textContent = t("deleteText", { name: picture.name });
    $("confirm").returnValue = "";
    $("confirm").showModal();
    $("confirm").addEventListener("close", async () => {
      if ($("confirm").returnValue !== "delete") return;
      try {
        await api.remove(picture.id);
      } catch (error) {
        return toast(error.message || t("errorTitle"));
      }
      toast(t("deleted", { name: picture.name }));
      const at = index;
      removed(picture.id);
      if (at >= 0 && gallery.count() > 0) open(Math.min(at, gallery.count() - 1));
      else dialog.close();
    }, { once: true });
  });

  $("labels").addEventListener("submit", async (event) => {
    event.preventDefault();
    const labels = [...new Set($("labels-input").value.split(/[,，、;；\n]+/u).map((word) => word.trim()).filter(Boolean))].slice(0, 20);
    const result = $("labels-result");
    if (labels.length < 2) return result.replaceChildren(make("li", { class: "problem" }, t("compareTwo")));
    const mine = hit;
    try {
      const answer = await api.classify({ picture: mine.picture.id, labels });
      if (mine !== hit) return;
      result.replaceChildren(...answer.labels.map(({ label, probability }) =>
        make("li", { style: { "--value": probability.toFixed(4) } },
          make("span", { lang: "zh-CN" }, label), make("b", {}, percent(probability)))));
    } catch (error) {
      result.replaceChildren(make("li", { class: "problem" }, error.message || t("errorTitle")));
    }
  });

  return {
    open, openLone,
    close: () => dialog.open && dialog.close(),
    isOpen: () => dialog.open,
    retranslate: () => hit && dialog.open && words(),
    allow: (options) => { canDelete = options.delete; },
    setTotal: (count) => { total = () => Math.max(count ?? 0, gallery.count()); },
  };
}
