// The honest note, and the question for a token.

import * as api from "./api.js";
import { $, make } from "./elements.js";
import { language, t } from "./language.js";
import { about } from "./strings.js";

for (const button of document.querySelectorAll("dialog [data-close]")) {
  button.addEventListener("click", () => button.closest("dialog").close());
}
for (const dialog of document.querySelectorAll("dialog.sheet")) {
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog && dialog.id !== "sign-in") dialog.close();
  });
}

/// Fills the note for the model in use. The texts are the page's own and contain <kbd> only.
export function fillAbout(status) {
  const texts = about[language()];
  const model = status?.model;
  const entries = [...texts.common];
  if (model) entries.splice(2, 0, model.embedded ? texts.embedded : texts.other);
  $("about-body").replaceChildren(...entries.flatMap(([heading, text]) => [
    make("h3", {}, heading),
    paragraph(text.replace("{model}", model?.name ?? "")),
  ]), make("p", { class: "fine" }, model ? `${model.name} · ${model.dimension} · cnclip ${status.version}` : ""));
}

function paragraph(text) {
  const parts = text.split(/<kbd>(.*?)<\/kbd>/u);
  return make("p", {}, ...parts.map((part, index) => (index % 2 ? make("kbd", {}, part) : part)));
}

let waiting = null;

/// Asks for the token until it is right; calls that come meanwhile share the answer.
export function askForToken() {
  waiting ??= new Promise((resolve) => {
    const dialog = $("sign-in");
    const form = $("sign-in-form");
    dialog.addEventListener("cancel", (event) => event.preventDefault());
    form.onsubmit = async (event) => {
      event.preventDefault();
      try {
        await api.openSession($("token").value);
      } catch (error) {
        $("sign-in-problem").textContent = error.status === 401 ? t("wrongToken") : error.message;
        return $("token").select();
      }
      $("token").value = "";
      dialog.close();
      waiting = null;
      resolve(true);
    };
    dialog.showModal();
  });
  return waiting;
}
