"use strict";
// Draws each chart from the Vega-Lite specification that stands in its element, in the colours of the page.
(() => {
  const probe = document.createElement("span");
  // A custom property is resolved (light-dark, for one) only where it is used: ask a real element.
  const colour = (name) => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  const theme = (width) => {
    const [ink, soft, rule] = ["ink", "soft", "rule"].map(colour);
    const font = getComputedStyle(document.body).fontFamily;
    return {
      mark: { aria: false }, // the figure carries its own sentence and table
      background: null,
      font,
      view: { stroke: null },
      axis: {
        aria: false,
        labelColor: soft, titleColor: soft, gridColor: rule, domainColor: rule, tickColor: rule,
        labelFontSize: 12, titleFontSize: 12, titleFontWeight: 500, labelPadding: 6,
      },
      // On a narrow page names keep both parts (office and lane), and heads over narrow columns do not touch.
      axisY: width < 420 ? { labelLimit: 150, labelFontSize: 11 } : { labelLimit: 170 },
      axisTop: { labelFontSize: width < 420 ? 9 : 12, labelOverlap: false },
      legend: {
        aria: false, labelColor: soft, labelFontSize: 12, symbolSize: 90, padding: 2, offset: 8,
        columns: width < 420 ? 2 : width < 640 ? 3 : 0, // 0: one row
      },
      text: { color: ink },
      range: {
        category: ["arm-mandatory", "arm-random", "arm-targeted", "arm-followup", "left-over"].map(colour),
        ordinal: ["level-1", "level-2", "level-3", "level-4", "level-5"].map(colour),
      },
    };
  };
  const draw = async (plot) => {
    plot.dataset.ready = "no";
    const options = {
      actions: false,
      ast: true, // no code is made from text: the content policy forbids it
      defaultStyle: false,
      renderer: "svg",
      tooltip: { disableDefaultStyle: true },
      config: theme(plot.clientWidth),
    };
    await vegaEmbed(plot, JSON.parse(plot.dataset.spec), options);
    plot.dataset.ready = "yes";
  };
  const drawAll = (inside) => {
    for (const plot of inside.querySelectorAll("[data-spec]")) {
      draw(plot).catch((error) => {
        plot.textContent = "This chart could not be drawn; its numbers stand below.";
        plot.dataset.ready = "failed";
        console.error(error);
      });
    }
  };
  document.addEventListener("DOMContentLoaded", () => {
    probe.hidden = true;
    document.body.append(probe);
    drawAll(document);
  });
  document.addEventListener("theme", () => drawAll(document));
  // A part of a page that came later brings its charts with it.
  document.addEventListener("htmx:afterSwap", (event) => drawAll(event.detail.elt));
})();
