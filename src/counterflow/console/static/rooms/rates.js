"use strict";
// Says beside each slider what it stands at, while it is moved.
document.addEventListener("input", (event) => {
  const slider = event.target;
  if (slider.type !== "range" || !slider.dataset.unit) return;
  const told = slider.parentElement.querySelector("output");
  if (told) told.value = `${slider.value}${slider.dataset.unit}`;
});
