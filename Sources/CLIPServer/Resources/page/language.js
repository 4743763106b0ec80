// The current language: lookups, formatting, and filling in the marked-up parts of the page.

import { strings } from "./strings.js";

let current = initial();
const listeners = new Set();

function initial() {
  const stored = localStorage.getItem("language");
  if (stored === "zh" || stored === "en") return stored;
  const preferred = (navigator.languages ?? [navigator.language ?? "zh"])[0].toLowerCase();
  return preferred.startsWith("zh") ? "zh" : "en";
}

export const language = () => current;
const locale = () => (current === "zh" ? "zh-CN" : "en-GB");

export function setLanguage(next) {
  current = next;
  localStorage.setItem("language", next);
  apply();
  for (const listener of listeners) listener();
}

/// Calls `listener` after every change of language.
export function onLanguageChange(listener) {
  listeners.add(listener);
}

export function t(key, values = {}) {
  const text = strings[current][key] ?? strings.en[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

/// Fills every element below `root` that carries data-t, data-t-label or data-t-placeholder.
export function apply(root = document) {
  document.documentElement.lang = current === "zh" ? "zh-CN" : "en";
  for (const element of root.querySelectorAll("[data-t]")) {
    element.textContent = t(element.dataset.t);
  }
  for (const element of root.querySelectorAll("[data-t-label]")) {
    element.setAttribute("aria-label", t(element.dataset.tLabel));
    if (element.matches("button, a")) element.title = t(element.dataset.tLabel);
  }
  for (const element of root.querySelectorAll("[data-t-placeholder]")) {
    element.placeholder = t(element.dataset.tPlaceholder);
  }
}

export const number = (value) => new Intl.NumberFormat(locale()).format(value);

export const percent = (value) =>
  new Intl.NumberFormat(locale(), { style: "percent", maximumFractionDigits: 0 }).format(value);

export function bytes(value) {
  const units = ["B", "kB", "MB", "GB"];
  let index = 0;
  while (value >= 1000 && index < units.length - 1) {
    value /= 1000;
    index += 1;
  }
  return `${new Intl.NumberFormat(locale(), { maximumFractionDigits: value < 10 && index ? 1 : 0 }).format(value)} ${units[index]}`;
}

export function duration(milliseconds) {
  if (milliseconds < 1000) return `${Math.max(1, Math.round(milliseconds))} ms`;
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

export function date(text) {
  const value = new Date(text);
  if (Number.isNaN(value.getTime())) return text;
  return new Intl.DateTimeFormat(locale(), { dateStyle: "medium", timeStyle: "short" }).format(value);
}
