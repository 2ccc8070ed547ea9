"use strict";
// Keys that work on every page, and the card that tells them. Nothing here is needed to use the console: every key
// follows a link or presses a button that stands on the page.
//   ?  this card      /  the search      g then a letter  a page (data-key on its link)
//   j k  next and previous row of a list (data-list on the list, data-row on each row, or rows of a table in it)
//   Enter  opens the row      x  marks it      a letter of the page: data-hotkey on a button, link or field
(() => {
  const SILENT = "keys-off";
  const WAIT = 1500;
  let awaited = 0;

  const off = () => { try { return localStorage.getItem(SILENT) === "yes"; } catch { return false; } };
  const typing = (element) =>
    element instanceof Element && element.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]") !== null;
  const shown = (element) => element.getClientRects().length > 0 && !element.disabled;
  const find = (selector) => [...document.querySelectorAll(selector)].find(shown);

  const rows = () => {
    const list = find("[data-list]");
    if (!list) return [];
    const marked = [...list.querySelectorAll("[data-row]")];
    return (marked.length ? marked : [...list.querySelectorAll("tbody tr")]).filter(shown);
  };
  const opener = (row) => row.matches("a, button") ? row : row.querySelector("a[href], button");
  const at = (all) => all.findIndex((row) => row.contains(document.activeElement) || row === document.activeElement);
  const step = (by) => {
    const all = rows();
    if (!all.length) return false;
    const here = at(all);
    const row = all[Math.min(Math.max(here < 0 && by < 0 ? all.length - 1 : here + by, 0), all.length - 1)];
    const target = opener(row) ?? row;
    if (target === row && !row.hasAttribute("tabindex")) row.tabIndex = -1;
    target.focus();
    row.scrollIntoView({ block: "nearest" });
    return true;
  };
  const mark = () => {
    const all = rows();
    const box = all[at(all)]?.querySelector("input[type=checkbox]");
    if (box) box.click();
    return Boolean(box);
  };
  const press = (element) => {
    if (element.matches("input, select, textarea, summary")) element.focus();
    if (!element.matches("input:not([type=checkbox], [type=radio]), select, textarea")) element.click();
    return true;
  };

  const card = () => document.getElementById("keys");
  const line = (key, words) => {
    const row = document.createElement("div");
    const name = document.createElement("dt");
    key.split(" ").forEach((part) => {
      const cap = document.createElement("kbd");
      cap.textContent = part;
      name.append(cap);
    });
    const says = document.createElement("dd");
    says.textContent = words;
    row.append(name, says);
    return row;
  };
  const words = (element) =>
    (element.dataset.hotkeyWords || element.getAttribute("aria-label") || element.textContent || element.name || "").trim().replace(/\s+/g, " ").slice(0, 60);
  const fill = (id, lines) => {
    const list = document.getElementById(id);
    list.replaceChildren(...lines);
    list.parentElement.hidden = lines.length === 0;
  };
  const tell = () => {
    const here = [...document.querySelectorAll("[data-hotkey]")].filter(shown);
    const seen = new Set();
    fill("keys-here", [
      ...(rows().length ? [line("j k", "next and previous row"), line("Enter", "open the row")] : []),
      ...here.filter((e) => !seen.has(e.dataset.hotkey) && seen.add(e.dataset.hotkey)).map((e) => line(e.dataset.hotkey, words(e))),
    ]);
    fill("keys-pages", [...document.querySelectorAll(".rooms [data-key]")].map((a) => line(`g ${a.dataset.key}`, words(a))));
    const box = document.getElementById("keys-off");
    box.checked = off();
    card().showModal();
    return true;
  };

  const act = (key) => {
    if (awaited && Date.now() - awaited < WAIT) {
      awaited = 0;
      const link = document.querySelector(`.rooms [data-key="${CSS.escape(key)}"]`);
      if (link) { link.click(); return true; }
      return false;
    }
    awaited = 0;
    const own = find(`[data-hotkey="${CSS.escape(key)}"]`);
    if (own) return press(own);
    if (key === "/") { const search = find("main [data-search]") ?? find("[data-search]"); if (search) { search.focus(); search.select?.(); } return Boolean(search); }
    if (key === "g") { awaited = Date.now(); return true; }
    if (key === "j") return step(1);
    if (key === "k") return step(-1);
    if (key === "x") return mark();
    return false;
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
    if (event.key === "Escape" && typing(event.target)) { event.target.blur(); return; }
    if (typing(event.target) || event.key.length !== 1 || document.querySelector("dialog[open]")) return;
    if (event.key === "?") { event.preventDefault(); tell(); return; }
    if (!off() && act(event.key)) event.preventDefault();
  });

  document.addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("keys-open");
    if (button) { button.hidden = false; button.addEventListener("click", tell); }
    document.getElementById("keys-off")?.addEventListener("change", (event) => {
      try { localStorage.setItem(SILENT, event.target.checked ? "yes" : "no"); } catch { /* the choice then does not last */ }
    });
    const menu = document.getElementById("menu");
    if (menu) {
      menu.hidden = false;
      menu.addEventListener("click", () => {
        menu.setAttribute("aria-expanded", String(document.getElementById("rooms").classList.toggle("open")));
      });
    }
    // A choice that takes effect at once: the button beside it is for browsers without scripts.
    document.querySelectorAll("form[data-at-once]").forEach((form) => {
      form.querySelectorAll("button[type=submit]").forEach((b) => { b.hidden = true; });
      form.addEventListener("change", () => form.requestSubmit());
    });
  });

  // An answer that never came is a problem too: htmx tells it, here it is shown.
  document.addEventListener("htmx:sendError", () => {
    const place = document.getElementById("problem");
    if (!place) return;
    const said = document.createElement("section");
    said.className = "panel problem";
    said.setAttribute("role", "alert");
    said.textContent = "The server did not answer. Nothing on this page was changed; try again.";
    place.replaceChildren(said);
  });
  document.addEventListener("htmx:beforeRequest", () => document.getElementById("problem")?.replaceChildren());
})();
