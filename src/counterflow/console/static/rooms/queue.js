"use strict";
// After the list was refreshed: what is saved as a view is what the list shows now.
(() => {
  const follow = () => {
    const list = document.getElementById("list");
    if (!list) return;
    document.querySelectorAll("[data-asks]").forEach((field) => { field.value = list.dataset.asksNow; });
    document.querySelectorAll(".asks a").forEach((link) => {
      const here = new URL(link.href).searchParams.toString() === new URLSearchParams(list.dataset.asksNow).toString();
      if (here) link.setAttribute("aria-current", "true"); else link.removeAttribute("aria-current");
    });
  };
  document.addEventListener("htmx:afterSwap", follow);
})();
