// The light pages work without this; with it, answers follow the sliders and what goes on is shown by itself.
"use strict";
const lost = document.getElementById("lost");

async function fetchPart(address, signal) {
  try {
    const patient = signal && AbortSignal.any ? AbortSignal.any([signal, AbortSignal.timeout(8000)]) : signal;
    const response = await fetch(address, { signal: patient || AbortSignal.timeout(8000), headers: { Accept: "text/html" } });
    if (!response.ok) throw new Error(response.status);
    lost.hidden = true;
    return await response.text();
  } catch (error) {
    if (!signal || !signal.aborted) lost.hidden = false;
    return null;
  }
}

function put(place, text) {
  if (text !== null && place.dataset.text !== text) {
    const typing = place.contains(document.activeElement) && document.activeElement.matches("input, select");
    if (typing) return;
    const written = [...place.querySelectorAll("input[id]")].map((one) => [one.id, one.value]);
    const opened = [...place.querySelectorAll("details")].map((one) => one.open);
    const focused = place.contains(document.activeElement) ? [document.activeElement.name, document.activeElement.value] : null;
    place.dataset.text = text;
    place.innerHTML = text;
    place.querySelectorAll("details").forEach((one, at) => { one.open = Boolean(opened[at]); });
    if (focused) [...place.querySelectorAll("button")].find((one) => one.name === focused[0] && one.value === focused[1])?.focus();
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
  const show = (one) => {
    const place = form.querySelector(`output[for=${one.id}]`);
    if (!place) return;
    const shown = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 8, useGrouping: Math.abs(one.value) >= 10000 });
    place.textContent = one.disabled ? "–" : shown.format(one.value);
  };
  const moved = () => {
    const said = new URLSearchParams([...new FormData(form)].filter(([name]) => {
      const one = form.elements[name];
      return one.type === "hidden" || one.type === "checkbox" || one.dataset.moved || one.value !== begun.get(one) || location.search.includes(`${name}=`);
    }));
    history.replaceState(null, "", `?${said}`);
    for (const link of document.querySelectorAll("header a[lang]")) link.href = `?${said}&lang=${link.lang}`;
    asking.abort();
    asking = new AbortController();
    fetchPart(`?${said}&part=answers`, asking.signal).then((text) => put(place, text));
  };
  form.addEventListener("input", (event) => {
    const one = event.target;
    one.dataset.moved = "1";
    if (one.type === "range") one.value = Number(one.value).toFixed(one.dataset.decimals);
    show(one);
    const other = form.elements[(one.type === "checkbox" ? "v" : "n") + one.name.slice(1)];
    if (one.type === "checkbox" && other) {
      if (other.type === "range") other.disabled = one.checked;
      other.dataset.moved = "1";
      show(other);
    } else if (other) other.checked = false;
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
      const text = await fetchPart(here);
      put(place, text);
      if (text !== null && !place.dataset.part) follow();
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
