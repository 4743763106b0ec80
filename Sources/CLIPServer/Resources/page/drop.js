// Dropping files anywhere on the window: one half searches, the other adds to the library.

import { $ } from "./elements.js";

export function makeDrop({ search, upload, canUpload }) {
  const overlay = $("drop");
  let depth = 0;
  const carriesFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");

  function leave() {
    depth = 0;
    overlay.hidden = true;
    for (const zone of overlay.children) zone.classList.remove("over");
  }

  addEventListener("dragenter", (event) => {
    if (!carriesFiles(event) || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    depth += 1;
    $("drop-upload").hidden = !canUpload();
    overlay.hidden = false;
  });
  addEventListener("dragover", (event) => {
    if (overlay.hidden) return;
    event.preventDefault();
    const over = event.target.closest?.(".zone");
    for (const zone of overlay.children) zone.classList.toggle("over", zone === over);
  });
  addEventListener("dragleave", () => {
    if (overlay.hidden) return;
    depth -= 1;
    if (depth <= 0) leave();
  });
  addEventListener("drop", (event) => {
    if (overlay.hidden) return;
    event.preventDefault();
    const zone = event.target.closest?.(".zone")?.dataset.zone ?? "search";
    const files = [...event.dataTransfer.files];
    leave();
    if (zone === "upload" && canUpload()) upload(files);
    else if (files[0]) search(files[0]);
  });
}
