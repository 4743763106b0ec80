// Adding pictures to the library: two at a time, each with its own progress, errors and retry.

import * as api from "./api.js";
import { $, icon, make } from "./elements.js";
import { bytes, onLanguageChange, percent, t } from "./language.js";

const simultaneous = 2;

/// `finished()` is called whenever a batch has ended with at least one new picture.
export function makeUploads({ finished, limit }) {
  let entries = [];
  let running = 0;

  function add(files) {
    const pictures = [...files].filter((file) => !file.type || file.type.startsWith("image/"));
    if (!pictures.length) return;
    if (running === 0 && entries.every((entry) => entry.state !== "waiting")) entries = [];
    for (const file of pictures) entries.push({ file, state: "waiting", progress: 0, row: make("li") });
    $("tray").hidden = false;
    $("tray-list").replaceChildren(...entries.map((entry) => entry.row));
    entries.forEach(showEntry);
    pump();
  }

  function pump() {
    while (running < simultaneous) {
      const entry = entries.find((candidate) => candidate.state === "waiting");
      if (!entry) break;
      send(entry);
    }
    showTotal();
    if (running === 0 && entries.some((entry) => entry.state === "added")) finished();
  }

  async function send(entry) {
    running += 1;
    entry.state = "sending";
    showEntry(entry);
    try {
      if (entry.file.size > limit()) throw new api.APIError(413, t("tooLarge", { limit: bytes(limit()) }));
      const call = api.upload(entry.file, (progress) => {
        entry.progress = progress;
        showEntry(entry);
        showTotal();
      });
      const answer = await call.promise;
      entry.state = answer.created ? "added" : "duplicate";
    } catch (error) {
      if (error.status === 503) {
        // The server is busy, not broken: wait as long as it asks.
        await new Promise((resolve) => setTimeout(resolve, 1000 * (error.retryAfter ?? 2)));
        entry.state = "waiting";
      } else {
        entry.state = "failed";
        entry.problem = error.status === 0 ? t("offlineTitle") : error.status === 415 || error.status === 422 ? t("badPicture") : error.message;
      }
    }
    running -= 1;
    showEntry(entry);
    pump();
  }

  function showEntry(entry) {
    const words = {
      waiting: () => t("waiting"),
      sending: () => (entry.progress < 1 ? t("sending", { percent: percent(entry.progress) }) : t("indexing")),
      added: () => t("added"),
      duplicate: () => t("duplicate"),
      failed: () => entry.problem,
    };
    const symbol = { added: "check", duplicate: "check", failed: "warning" }[entry.state];
    entry.row.className = entry.state;
    entry.row.style.setProperty("--value", entry.state === "sending" ? entry.progress.toFixed(3) : "0");
    entry.row.replaceChildren(
      symbol ? icon(symbol) : make("span", { class: entry.state === "sending" ? "spinner" : "dot" }),
      make("span", { class: "file" }, entry.file.name || t("pictures")),
      make("span", { class: "note" }, words[entry.state]()),
      entry.state === "failed"
        ? make("button", { class: "link", type: "button", onclick: () => retry(entry) }, t("retry"))
        : "");
  }

  function retry(entry) {
    entry.state = "waiting";
    entry.progress = 0;
    showEntry(entry);
    pump();
  }

  function showTotal() {
    const count = (state) => entries.filter((entry) => entry.state === state).length;
    const failed = count("failed");
    const settled = count("added") + count("duplicate") + failed;
    const busy = settled < entries.length;
    const progress = entries.reduce((sum, entry) =>
      sum + (entry.state === "sending" ? 0.9 * entry.progress : entry.state === "waiting" ? 0 : 1), 0);
    $("tray-progress").value = entries.length ? progress / entries.length : 0;
    $("tray-progress").hidden = !busy;
    const text = busy
      ? t("uploading", { done: settled, total: entries.length })
      : t(failed ? "uploadedWithFailures" : "uploaded", { count: count("added"), failed });
    if ($("tray-title").textContent !== text) $("tray-title").textContent = text;
  }

  $("tray-close").addEventListener("click", () => { $("tray").hidden = true; });
  $("upload-button").addEventListener("click", () => $("upload-files").click());
  $("upload-files").addEventListener("change", (event) => {
    add(event.target.files);
    event.target.value = "";
  });
  addEventListener("beforeunload", (event) => { if (running > 0) event.preventDefault(); });
  onLanguageChange(() => { entries.forEach(showEntry); if (entries.length) showTotal(); });

  return { add };
}
