// Light or dark, before anything is painted: as chosen on this machine, else as the machine says.
"use strict";
(() => {
  const wanted = () => localStorage.getItem("theme") || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
  const paint = () => document.documentElement.setAttribute("data-bs-theme", wanted());
  paint();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint);
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-theme-switch]")) return;
    localStorage.setItem("theme", wanted() === "dark" ? "light" : "dark");
    paint();
  });
})();
