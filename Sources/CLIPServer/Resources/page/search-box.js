// The box at the top: words, removable chips for pictures and for terms to leave out, examples.

import { $, icon, make, toast } from "./elements.js";
import { language, t } from "./language.js";
import { parse } from "./query.js";
import { prepare } from "./query-picture.js";
import { examples } from "./strings.js";
import { thumbnail } from "./pictures.js";

const maximumMinus = 8;

/// Wires the box; `change(patch)` is called with what the user has changed of the query.
export function makeSearchBox({ change, clear }) {
  const form = $("search");
  const words = $("words");
  let query = null;

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const typed = parse(words.value);
    change({ text: typed.text, minus: unique([...query.minus, ...typed.minus]) });
    if (matchMedia("(pointer: coarse)").matches) words.blur();
  });

  // A finished "-term " becomes a chip at once, so that its effect is plain to see.
  words.addEventListener("input", (event) => {
    $("clear").hidden = !hasAnything();
    if (event.isComposing || !/[-−－]\S+\s$/u.test(words.value)) return;
    const typed = parse(words.value);
    words.value = typed.text ? `${typed.text} ` : "";
    change({ text: typed.text, minus: unique([...query.minus, ...typed.minus]) }, { keepTyping: true });
  });

  words.addEventListener("keydown", (event) => {
    if (event.key === "Backspace" && words.value === "") $("tokens").querySelector("li:last-child button")?.click();
    if (event.key === "ArrowLeft" && words.selectionEnd === 0) $("tokens").querySelector("li:last-child button")?.focus();
    if (event.key === "Escape" && words.value) {
      words.value = "";
      event.stopPropagation();
    }
  });

  $("tokens").addEventListener("keydown", (event) => {
    const item = event.target.closest("li");
    if (event.key === "ArrowLeft") item.previousElementSibling?.querySelector("button").focus();
    if (event.key === "ArrowRight") (item.nextElementSibling?.querySelector("button") ?? words).focus();
    if (event.key === "Delete" || event.key === "Backspace") item.querySelector("button").click();
  });

  $("box").addEventListener("pointerdown", (event) => {
    if (!event.target.closest("button, input")) {
      event.preventDefault();
      words.focus();
    }
  });
  $("clear").addEventListener("click", () => {
    clear();
    words.focus();
  });

  $("pick-picture").addEventListener("click", () => $("query-file").click());
  $("query-file").addEventListener("change", (event) => {
    const [file] = event.target.files;
    event.target.value = "";
    if (file) searchByFile(file);
  });
  document.addEventListener("paste", (event) => {
    const file = [...(event.clipboardData?.files ?? [])].find((entry) => entry.type.startsWith("image/"));
    if (!file || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    searchByFile(file);
  });

  async function searchByFile(file) {
    try {
      change({ image: await prepare(file), like: null });
    } catch {
      toast(`${t("badPicture")} ${t("badPictureText")}`);
    }
  }

  const unique = (terms) => [...new Set(terms)].slice(0, maximumMinus);
  const hasAnything = () =>
    words.value !== "" || query.minus.length > 0 || query.image !== null || query.like !== null;

  /// Shows `next`; what is being typed stays when `keepTyping` is set.
  function show(next, { keepTyping = false } = {}) {
    query = next;
    if (!keepTyping) words.value = next.text;
    $("tokens").replaceChildren(...tokens());
    words.placeholder = t($("tokens").children.length ? "placeholderMore" : "placeholder");
    $("clear").hidden = !hasAnything();
    showExamples();
  }

  function tokens() {
    const items = [];
    if (query.image) {
      items.push(pictureToken(query.image.preview, t("imageToken"), { image: null }));
    }
    if (query.like) {
      items.push(pictureToken(thumbnail(query.like), t("likeToken"), { like: null }));
    }
    for (const term of query.minus) {
      const label = t("minusLabel", { text: term });
      items.push(token([icon("minus"), make("span", {}, term)], label, "minus", {
        minus: query.minus.filter((other) => other !== term),
      }));
    }
    return items;
  }

  const pictureToken = (source, label, patch) =>
    token([make("img", { src: source, alt: label })], label, "picture", patch);

  function token(content, label, kind, patch) {
    const button = make("button", {
      type: "button", class: `token ${kind}`, title: label,
      "aria-label": t("remove", { name: label }),
      onclick: () => {
        change(patch);
        words.focus({ preventScroll: true });
      },
    }, ...content, icon("close"));
    return make("li", {}, button);
  }

  function showExamples() {
    const chips = examples.map(([text, gloss]) =>
      make("button", {
        type: "button", class: "chip", lang: "zh-CN",
        onclick: () => change({ text, image: null, like: null, minus: [] }),
      }, text, language() === "en" ? make("small", { lang: "en" }, gloss) : null));
    $("examples").replaceChildren(make("span", { class: "examples-label" }, t("tryThese")), ...chips);
  }

  return { show, searchByFile, focus: () => { words.focus(); words.select(); } };
}
