// Addresses and words of one picture.

import { t } from "./language.js";

/// Large enough for dense screens; the server keeps thumbnails of a few sizes.
export const thumbnail = (id) => `api/v1/pictures/${encodeURIComponent(id)}/thumbnail?side=640`;
export const original = (id) => `api/v1/pictures/${encodeURIComponent(id)}/original`;

/// What a person would call the picture: its caption, else its file name.
export const title = (picture) => picture.caption || picture.name;

/// Width over height, kept within what a row of pictures can show well.
export function ratio(picture) {
  if (!picture.width || !picture.height) return 1;
  return Math.min(3, Math.max(0.5, picture.width / picture.height));
}

export const folderName = (folder) => (folder === "" ? t("rootFolder") : folder);
