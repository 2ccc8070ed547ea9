"use strict";
// Light or dark: the system's choice until a person makes one. Runs before the page is painted.
(() => {
  const root = document.documentElement;
  root.classList.add("scripted"); // what folds away does so only where something can unfold it
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const kept = () => {
    try { return localStorage.getItem("theme"); } catch { return null; } // storage may be switched off
  };
  const current = () => root.dataset.theme ?? (system.matches ? "dark" : "light");
  const chosen = kept();
  if (chosen === "light" || chosen === "dark") root.dataset.theme = chosen;

  document.addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("theme");
    const tell = () => {
      button.setAttribute("aria-pressed", String(current() === "dark"));
      document.dispatchEvent(new CustomEvent("theme"));
    };
    button.hidden = false;
    button.setAttribute("aria-pressed", String(current() === "dark"));
    button.addEventListener("click", () => {
      root.dataset.theme = current() === "dark" ? "light" : "dark";
      try { localStorage.setItem("theme", root.dataset.theme); } catch { /* the choice then lasts for this page */ }
      tell();
    });
    system.addEventListener("change", tell);
  });
})();
