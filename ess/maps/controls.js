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

function onChange(event) {
  const at = event.target;
  if (at.matches("select[data-set]") && at.value === TYPED) {
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
  const menu = event.key === "Escape" && event.target.closest(".atlas-menu[open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
}

const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

/* Case and accents do not matter to who looks for an option. */
function onInput(event) {
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
