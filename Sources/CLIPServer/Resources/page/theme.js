// Light, dark, or what the system says.

import { $, toast } from "./elements.js";
import { t } from "./language.js";

const order = ["auto", "light", "dark"];

export function makeTheme() {
  let current = order.includes(localStorage.getItem("theme")) ? localStorage.getItem("theme") : "auto";
  const label = () => t("theme", { name: t(`theme${current[0].toUpperCase()}${current.slice(1)}`) });

  function show() {
    if (current === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = current;
    $("theme").setAttribute("aria-label", label());
    $("theme").title = label();
  }

  $("theme").addEventListener("click", () => {
    current = order[(order.indexOf(current) + 1) % order.length];
    localStorage.setItem("theme", current);
    show();
    toast(label());
  });
  show();
  return { show };
}
