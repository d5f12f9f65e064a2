/*
 * What a reader does with the page's own controls, told to the server.
 *
 * Why: a list of Streamlit's takes a third of the time of a change before it even asks the server, and every
 * element of the page is rendered again with each answer. The controls, figures and tables of the atlas are
 * plain HTML instead, which costs the browser next to nothing; this one listener reports what is pressed.
 * It reads codes out of data attributes and writes none of the page's text.
 */
let report = () => {};
let listening = false;

/* The option of a list that stands for any value typed in the field beside it. */
const TYPED = "typed";

const one = (name, extra) => ({ name, ...extra });

/* ---- years: one place of the slider for all, then a place for each ---- */

const PACE = 1200; // milliseconds that a year stays, from when its figures have come
const calm = matchMedia("(prefers-reduced-motion: reduce)"); // who asks for it steps by himself
let next = null; // the coming step while the years are played
let awaited = null; // the year that was asked for last while they are played

const slider = () => document.querySelector("input[data-years]");

function nameYear(field, text) {
  field.setAttribute("aria-valuetext", text);
  field.parentElement.querySelector("output").textContent = text;
}

const yearAt = (field) => (field.value === field.min ? field.dataset.all : field.value);

function ask(field) {
  nameYear(field, yearAt(field));
  report(one("set", { key: "year", codes: field.value === field.min ? [] : [field.value] }));
}

function step(field, by) {
  const before = field.value;
  field.value = Number(field.value) + by; // it stays between its ends
  if (field.value !== before) { ask(field); }
}

function stop() {
  clearTimeout(next);
  next = awaited = null;
  document.querySelector("[data-play]")?.setAttribute("aria-pressed", "false");
}

function play(button, field) {
  if (awaited !== null) { stop(); return; }
  if (calm.matches) { return; }
  if (field.value === field.max) { field.value = field.min; }
  button.setAttribute("aria-pressed", "true");
  follow(field);
}

/* One year on; the one after it is asked for when this one is there, so that a slow answer is waited for. */
function follow(field) {
  step(field, 1);
  awaited = field.value;
}

function showYear(years) {
  const field = slider();
  if (!field) { return; }
  field.value = years.length === 1 ? years[0] : field.min;
  nameYear(field, years.length > 1 ? field.dataset.several : yearAt(field));
  if (awaited === null) { return; }
  if (field.value !== awaited || field.value === field.max) { stop(); return; }
  clearTimeout(next);
  next = setTimeout(() => { if (field.isConnected) { follow(field); } else { stop(); } }, PACE);
}

function onChange(event) {
  const at = event.target;
  stop();
  if (at.matches("input[data-years]")) {
    ask(at);
  } else if (at.matches("select[data-set]") && at.value === TYPED) {
    at.closest("div").querySelector("input[data-set]").focus();
  } else if (at.matches("[data-set]")) {
    report(one("set", { key: at.dataset.set, codes: [at.value.trim()] }));
  } else if (at.matches("input[data-country]")) {
    if (at.value.trim()) { report(one("country", { text: at.value.trim() })); }
    at.value = "";
  } else if (at.matches("input[data-code]")) {
    const list = at.closest("[data-filter]");
    const marked = [...list.querySelectorAll("input[data-code]:checked")].map((box) => box.dataset.code);
    report(one("set", { key: list.dataset.filter, codes: marked }));
  } else if (at.matches("input[data-text]")) {
    const text = at.value.trim();
    report(one("set", { key: at.dataset.text, codes: text ? [text] : [] }));
  } else if (at.matches("input[data-name-of]")) {
    if (at.value.trim()) { report(one("add", { key: at.dataset.nameOf, text: at.value.trim() })); }
    at.value = "";
  }
}

function onClick(event) {
  if (event.target.matches("textarea.atlas-take")) { event.target.select(); }
  const at = event.target.closest("[data-iso3], [data-drop], [data-add], [data-choose], [data-reset], [data-close], [data-sort]");
  closeMenus(event.target);
  const button = event.target.closest("[data-play], [data-step]");
  if (button?.dataset.step) { stop(); step(slider(), Number(button.dataset.step)); }
  else if (button) { play(button, slider()); }
  else { stop(); }
  if (!at) { return; }
  const { iso3, drop, add, choose, code } = at.dataset;
  if (iso3) { report(one("country", { iso3 })); }
  else if (drop) { report(one("drop", { key: drop, codes: [code] })); }
  else if (add) { report(one("add", { key: add, text: code })); }
  else if (choose) { report(one("set", { key: choose, codes: [code] })); }
  else if ("reset" in at.dataset) { report(one("reset")); }
  else if ("close" in at.dataset) { report(one("country", { iso3: null })); }
  else { sortBy(at.closest("th")); }
}

function closeMenus(pressed) {
  document.querySelectorAll(".atlas-menu[open]").forEach((menu) => {
    if (!menu.contains(pressed)) { menu.open = false; }
  });
}

/* A panel that is empty until it is opened is asked for; it comes back open, with what is in it, and a reader at
   the keyboard is where he was. */
function onToggle({ target }) {
  const { menu, late } = target.dataset;
  if (late === undefined || !target.open || target.querySelector(".atlas-panel").firstChild) { return; }
  const filled = `[data-menu="${menu}"][open]:has(> .atlas-panel > *) > summary`;
  new MutationObserver((_, watch) => {
    const heading = document.querySelector(filled);
    if (!heading) { return; }
    watch.disconnect();
    heading.focus({ preventScroll: true });
  }).observe(document.body, { childList: true, subtree: true });
  report(one("open", { key: menu }));
}

function onKey(event) {
  if (event.key === "Escape") { stop(); }
  const menu = event.key === "Escape" && event.target.closest(".atlas-menu[open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
}

const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

/* Case and accents do not matter to who looks for an option. */
function onInput(event) {
  if (event.target.matches("input[data-years]")) { nameYear(event.target, yearAt(event.target)); }
  if (!event.target.matches("input[data-search]")) { return; }
  const wanted = plain(event.target.value);
  event.target.closest("details").querySelectorAll(".atlas-options label").forEach((label) => {
    label.hidden = !plain(label.textContent).includes(wanted);
  });
}

const flipped = (order) => (order === "ascending" ? "descending" : "ascending");

/* Rows with nothing to compare stay last, whichever way the others run: missing is not the smallest. */
function sortBy(head) {
  const table = head.closest("table"), body = table.tBodies[0], column = head.cellIndex;
  const value = (row) => row.cells[column].dataset.value ?? row.cells[column].textContent;
  const number = (row) => (value(row) === "" ? null : Number(value(row)));
  const byNumber = "value" in body.rows[0].cells[column].dataset;
  const first = byNumber ? "descending" : "ascending";
  const order = head.getAttribute("aria-sort") === first ? flipped(first) : first;
  const up = order === "ascending";
  const rows = [...body.rows].sort((left, right) => {
    if (!byNumber) { return (up ? 1 : -1) * value(left).localeCompare(value(right), document.documentElement.lang); }
    const [a, b] = [number(left), number(right)];
    if (a === null || b === null) { return (a === null) - (b === null); }
    return up ? a - b : b - a;
  });
  table.querySelectorAll("th").forEach((other) => other.removeAttribute("aria-sort"));
  head.setAttribute("aria-sort", order);
  body.append(...rows);
}

/* The controls are drawn when the page is; what changed since, here or by a press on the map, is set in place,
   so that none of them is built anew under the reader's finger. */
function show(values) {
  document.querySelectorAll("select[data-set]").forEach((list) => {
    const code = values.choices[list.dataset.set];
    const known = [...list.options].some((option) => option.value === code);
    if (code !== undefined && list.value !== code) { list.value = known ? code : TYPED; }
  });
  document.querySelectorAll("input[data-set]").forEach((field) => {
    const code = values.choices[field.dataset.set] || "";
    const named = [...field.closest("div").querySelectorAll("option")].some((option) => option.value === code);
    if (field !== document.activeElement) { field.value = named ? "" : code; }
  });
  document.querySelectorAll("[data-when]").forEach((part) => {
    part.hidden = !part.dataset.codes.split(" ").includes(values.choices[part.dataset.when]);
  });
  document.querySelectorAll("input[data-text]").forEach((field) => {
    const [text = ""] = values.filters[field.dataset.text] || [];
    if (field !== document.activeElement && field.value !== text) { field.value = text; }
  });
  showYear(values.filters.year || []);
  document.querySelectorAll("[data-filter]").forEach((list) => {
    const codes = values.filters[list.dataset.filter] || [];
    list.querySelectorAll("input[data-code]").forEach((box) => { box.checked = codes.includes(box.dataset.code); });
    const count = list.closest("details").querySelector("summary small");
    if (count) { count.textContent = codes.length || ""; }
  });
}

/* A map tells which country or which pair was pressed in it, or which view of it is to be kept. */
function onPress({ detail: { iso3, pair, at } }) {
  if (pair) { report(one("set", { key: "pair", codes: [pair] })); }
  else { report(iso3 ? one("country", { iso3 }) : one("at", { text: at.join(",") })); }
}

function listen() {
  if (listening) { return; }
  listening = true;
  document.addEventListener("atlas-press", onPress);
  document.addEventListener("change", onChange);
  document.addEventListener("click", onClick);
  document.addEventListener("keydown", onKey);
  document.addEventListener("input", onInput);
  document.addEventListener("toggle", onToggle, true); // this event does not bubble
}

export default function ({ data, setTriggerValue }) {
  report = (choice) => setTriggerValue("choice", choice);
  listen();
  show(data);
}
