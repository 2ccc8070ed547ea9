"use strict";
// Says beside each slider what it stands at while it is moved, keeps the address shareable, prints.
(() => {
  // The drawing that goes would hand its style on to the one that comes, which the content policy forbids.
  htmx.config.attributesToSettle = ["class"];
  document.addEventListener("input", (event) => {
    const slider = event.target;
    if (slider.type !== "range") return;
    const told = slider.parentElement.querySelector("output");
    if (told) told.value = slider.value;
  });
  const printable = (inside) => {
    for (const button of inside.querySelectorAll("[data-print]")) {
      button.hidden = false;
      button.addEventListener("click", () => window.print());
    }
  };
  document.addEventListener("DOMContentLoaded", () => printable(document));
  document.addEventListener("htmx:afterSwap", (event) => printable(event.detail.elt));
})();
