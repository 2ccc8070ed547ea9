"use strict";
// Draws the outlines of a map on a canvas in the colours of the page, and points from the table to the map and back.
(() => {
  const plot = document.querySelector("[data-spec]");
  if (!plot) return;
  const probe = document.createElement("span");
  probe.hidden = true;
  document.body.append(probe);
  // "token:accent@0.5" is the page's colour of that name, half as strong.
  const colour = (text) => {
    const [name, opacity] = text.slice(6).split("@");
    probe.style.color = `var(--${name})`;
    const parts = getComputedStyle(probe).color.match(/[\d.]+/g).slice(0, 3);
    return `rgba(${parts.join(",")},${opacity ?? 1})`;
  };
  const coloured = (value) => {
    if (typeof value === "string") return value.startsWith("token:") ? colour(value) : value;
    if (Array.isArray(value)) return value.map(coloured);
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, coloured(each)]));
  };
  let view = null;
  let picked = "";
  const buttons = () => document.querySelectorAll("[data-pick]");
  const pick = (outline) => {
    picked = outline;
    for (const button of buttons()) {
      const mine = button.dataset.pick === outline;
      button.setAttribute("aria-pressed", String(mine));
      button.closest("tr").classList.toggle("picked", mine);
    }
    if (view) view.signal("picked", outline).runAsync();
  };
  const draw = async () => {
    plot.dataset.ready = "no";
    const spec = { ...coloured(JSON.parse(plot.dataset.spec)), width: plot.clientWidth };
    if (view) view.finalize();
    const options = {
      mode: "vega", actions: false, ast: true, renderer: "canvas", defaultStyle: false,
      tooltip: { disableDefaultStyle: true },
    };
    view = (await vegaEmbed(plot, spec, options)).view;
    view.addEventListener("click", (_event, item) => {
      const key = item && item.datum && item.datum.key;
      const row = key && document.querySelector(`[data-pick="${CSS.escape(key)}"]`);
      if (row) { pick(key); row.focus(); }
    });
    if (picked) pick(picked);
    plot.dataset.ready = "yes";
  };
  const redraw = () => draw().catch((error) => {
    plot.nextElementSibling.hidden = false;
    plot.dataset.ready = "failed";
    console.error(error);
  });
  for (const button of buttons()) {
    button.setAttribute("aria-pressed", "false");
    button.addEventListener("click", () => {
      pick(button.dataset.pick === picked ? "" : button.dataset.pick);
      plot.scrollIntoView({ block: "nearest" });
    });
  }
  let width = 0;
  new ResizeObserver(() => {
    if (Math.abs(plot.clientWidth - width) > 4) { width = plot.clientWidth; redraw(); }
  }).observe(plot.parentElement);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  new MutationObserver(redraw).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
})();
