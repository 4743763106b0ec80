// Addresses and words of one picture.

import { t } from "./language.js";

export const thumbnail = (id) => `api/v1/pictures/${encodeURIComponent(id)}/thumbnail`;
export const original = (id) => `api/v1/pictures/${encodeURIComponent(id)}/original`;

/// What a person would call the picture: its caption, else its file name.
export const title = (picture) => picture.caption || picture.name;

/// Width over height, kept within what a row of pictures can show well.
export function ratio(picture) {
  if (!picture.width || !picture.height) return 1;
  return Math.min(3, Math.max(0.5, picture.width / picture.height));
}

export const folderName = (folder) => (folder === "" ? t("rootFolder") : folder);
