// The light pages work without this; with it, answers follow the sliders and what goes on is shown by itself.
"use strict";
const lost = document.getElementById("lost");

async function fetchPart(address, signal) {
  try {
    const response = await fetch(address, { signal, headers: { Accept: "text/html" } });
    lost.hidden = true;
    return await response.text();
  } catch (error) {
    if (error.name !== "AbortError") lost.hidden = false;
    return null;
  }
}

function put(place, text) {
  if (text !== null && place.dataset.text !== text) {
    const typing = place.contains(document.activeElement) && document.activeElement.matches("input, select");
    if (typing) return;
    const written = [...place.querySelectorAll("input[id]")].map((one) => [one.id, one.value]);
    place.dataset.text = text;
    place.innerHTML = text;
    for (const [id, value] of written) if (value && document.getElementById(id)) document.getElementById(id).value = value;
  }
}

// A choice of what the page is about opens it at once
for (const choice of document.querySelectorAll("[data-open]")) {
  choice.addEventListener("change", () => choice.form.submit());
}

// Answers follow a form
for (const form of document.querySelectorAll("form[data-live]")) {
  const place = document.getElementById(form.dataset.live);
  const begun = new Map([...form.elements].map((one) => [one, one.value]));
  let waiting = 0, asking = new AbortController();
  const moved = () => {
    const said = new URLSearchParams([...new FormData(form)].filter(([name]) => {
      const one = form.elements[name];
      return one.type === "hidden" || one.type === "checkbox" || one.dataset.moved || one.value !== begun.get(one) || location.search.includes(`${name}=`);
    }));
    history.replaceState(null, "", `?${said}`);
    asking.abort();
    asking = new AbortController();
    fetchPart(`?${said}&part=answers`, asking.signal).then((text) => put(place, text));
  };
  form.addEventListener("input", (event) => {
    const one = event.target;
    one.dataset.moved = "1";
    if (one.type === "range") {
      one.value = Number(one.value).toFixed(one.dataset.decimals);
      const shown = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 8, useGrouping: Math.abs(one.value) >= 10000 });
      form.querySelector(`output[for=${one.id}]`).textContent = shown.format(one.value);
    }
    if (one.type === "checkbox") {
      const other = form.elements[`v${one.name.slice(1)}`];
      if (other && other.type === "range") other.disabled = one.checked;
    }
    clearTimeout(waiting);
    waiting = setTimeout(moved, 120);
  });
  form.addEventListener("submit", (event) => { event.preventDefault(); moved(); });
}

// What goes on by itself: a part is asked for again every few seconds, while somebody looks
for (const place of document.querySelectorAll("[data-every]")) {
  const look = async () => {
    if (!document.hidden) {
      const here = new URL(place.dataset.address || location.href, location.href);
      if (place.dataset.part) here.searchParams.set("part", place.dataset.part);
      put(place, await fetchPart(here));
      follow();
    }
    if (!place.querySelector("[data-settled]")) setTimeout(look, 1000 * place.dataset.every);
  };
  if (place.dataset.part) setTimeout(look, 1000 * place.dataset.every); else look();
}

// Where the presenter goes, a phone goes, unless it stays
function follow() {
  const told = document.querySelector("[data-way]");
  if (!told) { sessionStorage.removeItem("stays"); sessionStorage.removeItem("followed"); return; }
  const way = told.dataset.way, stays = sessionStorage.getItem("stays") === "1";
  told.querySelector("[data-follows]").hidden = told.querySelector("[data-stay]").hidden = stays;
  told.querySelector("[data-again]").hidden = !stays;
  told.querySelector("[data-stay]").onclick = () => { sessionStorage.setItem("stays", "1"); follow(); };
  told.querySelector("[data-again]").onclick = () => sessionStorage.removeItem("stays");
  if (stays || sessionStorage.getItem("followed") === way) return;
  sessionStorage.setItem("followed", way);
  if (way !== location.pathname + location.search) location.assign(way);
}
