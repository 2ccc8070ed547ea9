"use strict";
// Outcomes with two keys. Keys work only while a record has the focus, so that they never surprise anybody who dictates
// or types elsewhere. What was keyed is written after a few seconds; until then Esc takes it back.
(() => {
  const GRACE = 3000;
  const pending = []; // {card, timer, words}, the newest last
  const cards = () => [...document.querySelectorAll("[data-card]")];
  const typing = (element) => element.closest("select, textarea, input:not([type=radio])") !== null;
  const cardOf = (element) => element.closest?.("[data-card]") ?? null;
  const say = (card, words) => { const place = card.querySelector("[data-said]"); if (place) place.textContent = words; };
  const radio = (form, name, key) => form.querySelector(`input[name="${name}"][data-key="${key}"]`);
  const words = (input) => input.nextElementSibling.firstChild.textContent.trim();
  const SAYABLE = { not_presented: ["none"], presented: ["none", "suspected"], held: ["none", "suspected", "presumptive", "refuted"] };
  const fits = (state, found) => !SAYABLE[state] || SAYABLE[state].includes(found);
  const needsClass = (found) => ["suspected", "presumptive", "confirmed"].includes(found);

  const go = (card) => { if (card) { card.focus(); card.scrollIntoView({ block: "nearest" }); } };
  const beside = (card, step) => cards()[cards().indexOf(card) + step] ?? null;
  const nextOpen = (card) => {
    const all = cards();
    const from = card ? all.indexOf(card) + 1 : 0;
    return [...all.slice(from), ...all.slice(0, from)].find((one) => one.hasAttribute("data-open") && !one.classList.contains("waiting")) ?? null;
  };

  const takeBack = () => {
    const last = pending.pop();
    if (!last) return false;
    clearTimeout(last.timer);
    last.card.classList.remove("waiting");
    last.card.querySelector("form.enter").reset();
    delete last.card.dataset.first;
    say(last.card, "Taken back. Nothing was written.");
    go(last.card);
    return true;
  };

  const send = (card) => {
    const place = pending.findIndex((one) => one.card === card);
    if (place >= 0) pending.splice(place, 1);
    card.classList.remove("waiting");
    card.querySelector("form.enter").requestSubmit();
  };

  const hold = (card, told) => {
    say(card, `“${told}” will be written in ${GRACE / 1000} seconds. Esc takes it back.`);
    card.classList.add("waiting");
    pending.push({ card, timer: setTimeout(() => send(card), GRACE) });
  };

  const first = (card, form, key) => {
    const state = radio(form, "state", key);
    if (!state) return false;
    state.checked = true;
    card.dataset.first = state.value;
    const again = form.closest("details");
    if (again) again.open = true;
    say(card, `${words(state)}, and found: n nothing, s suspected, p presumptive test, c confirmed, r refuted? Esc starts again.`);
    return true;
  };

  const second = (card, form, key) => {
    const found = radio(form, "confirmation", key);
    if (!found) return false;
    const state = form.querySelector("input[name=state]:checked");
    if (!fits(state.value, found.value)) {
      say(card, `What is ${words(state)} cannot be ${words(found)}. Choose again.`);
      return true;
    }
    found.checked = true;
    delete card.dataset.first;
    const select = form.querySelector("[data-class]");
    if (needsClass(found.value) && !select.value) {
      const likely = select.querySelector("[data-likely]");
      if (!likely) {
        say(card, "Of which harm class? Choose it, then press Record.");
        select.focus();
        return true;
      }
      likely.selected = true;
    }
    if (!needsClass(found.value) && found.value !== "refuted") select.value = "";
    const named = select.value ? `, ${select.value}` : "";
    hold(card, `${words(state)}, ${words(found)}${named}`);
    go(nextOpen(card));
    return true;
  };

  const onKey = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    const card = cardOf(event.target);
    if (event.key === "Escape") {
      if (card && card.dataset.first) {
        delete card.dataset.first;
        card.querySelector("form.enter").reset();
        say(card, "");
        event.preventDefault();
      } else if (takeBack()) event.preventDefault();
      return;
    }
    if (!card || typing(event.target)) return;
    if (event.key === "j" || event.key === "k") { go(beside(card, event.key === "j" ? 1 : -1)); event.preventDefault(); return; }
    const form = card.querySelector("form.enter");
    if (!form || card.classList.contains("waiting")) return;
    const used = card.dataset.first ? second(card, form, event.key) : first(card, form, event.key);
    if (used) event.preventDefault();
  };

  document.addEventListener("keydown", onKey);
  document.addEventListener("DOMContentLoaded", () => {
    const keys = document.querySelector("[data-keys]");
    if (keys) keys.hidden = false;
    document.querySelector("[data-start]")?.addEventListener("click", (event) => {
      const card = nextOpen(null);
      if (card) { event.preventDefault(); go(card); }
    });
  });
  // Somebody who goes away meant what they keyed: it is written at once.
  window.addEventListener("pagehide", () => {
    for (const { card, timer } of pending.splice(0)) {
      clearTimeout(timer);
      const form = card.querySelector("form.enter");
      fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), keepalive: true, redirect: "manual" });
    }
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (document.activeElement === document.body && event.detail.target?.id) go(document.getElementById(event.detail.target.id));
  });
})();
