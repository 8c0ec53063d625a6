// What the pages can do without: every link and every form works when nothing of this runs.
// A page is fetched as a document, never as text that becomes one: so trusted types need no exception.
export const $ = (what, where = document) => where.querySelector(what);
export const $$ = (what, where = document) => where.querySelectorAll(what);
const language = document.documentElement.lang;
const locale = navigator.languages?.find((one) => one.split("-")[0] === language) ?? language;

// -- times, in the viewer's zone; the exact one in UTC stays in the title ------------------------------------
const dayFormat = (date) =>
  new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", ...(date.getFullYear() === new Date().getFullYear() ? {} : { year: "numeric" }) }).format(date);
const timeFormat = new Intl.DateTimeFormat(locale, { timeStyle: "short" });
const agoFormat = new Intl.RelativeTimeFormat(locale, { style: "short", numeric: "always" });
const STEPS = [["day", 86400], ["hour", 3600], ["minute", 60]];

function ago(date, now) {
  const seconds = (now - date) / 1000;
  if (seconds < 0 || seconds >= 30 * 86400) return dayFormat(date);
  const step = STEPS.find(([, length]) => seconds >= length);
  return step ? agoFormat.format(-Math.floor(seconds / step[1]), step[0]) : null;
}
export function tellTimes(where = document) {
  const now = Date.now();
  for (const time of $$("time[datetime]", where)) {
    const date = new Date(time.dateTime);
    const { at, day } = time.dataset;
    const text = at !== undefined ? `${dayFormat(date)}, ${timeFormat.format(date)}` : day !== undefined ? dayFormat(date) : ago(date, now);
    if (text && time.textContent !== text) time.textContent = text;
  }
}
tellTimes();
setInterval(() => tellTimes(), 60_000);

// -- where one is: a step back to another page is taken anew, one within a page (the link to its content) is not --
let here = location.pathname + location.search;
export function nowAt(address, how) {
  if (address !== location.href) history[how](null, "", address);
  here = location.pathname + location.search;
}
window.addEventListener("popstate", () => here !== location.pathname + location.search && location.reload());

// -- parts of pages --------------------------------------------------------------------------------------------
export function ask(address, { method = "GET", body, part: name, signal } = {}) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(method, address);
    request.responseType = "document";
    request.setRequestHeader("Accept", "text/html");
    if (name) request.setRequestHeader("Talentimg-Part", name);
    request.onload = () => resolve(request);
    request.onerror = () => reject(new Error("offline"));
    signal?.addEventListener("abort", () => request.abort());
    request.send(body);
  });
}
export async function part(address, name, signal) {
  const { status, response } = await ask(address, { part: name, signal });
  const found = status === 200 && $(".part", response);
  if (!found) throw new Error(String(status));
  tellTimes(found);
  offerMore(found);
  return document.adoptNode(found);
}

// -- the roster: search as one types, and more people below ---------------------------------------------------
let asking, typing;

function tell(text) {
  const told = $("#told");
  if (told) told.textContent = text;
}
export async function show(address, { keep } = {}) {
  asking?.abort();
  asking = new AbortController();
  const found = $("#found");
  found.setAttribute("aria-busy", "true");
  try {
    const next = await part(address, "found", asking.signal);
    found.replaceChildren(next);
    if (keep) nowAt(address, "replaceState");
    tell(next.dataset.told);
    found.removeAttribute("aria-busy");
  } catch {
    location.assign(address); // the page itself says what is wrong: a session that has ended, say
  }
}
function addressOf(form) {
  const fields = [...new FormData(form)].filter(([, text]) => text !== "");
  const query = new URLSearchParams(fields).toString();
  return form.getAttribute("action") + (query ? `?${query}` : "");
}
export function offerMore(where) {
  const link = $("a[data-more]", where);
  if (link) link.textContent = link.dataset.more;
}
async function more(link) {
  link.setAttribute("aria-busy", "true");
  const next = await part(link.href, "found").catch(() => location.assign(link.href));
  if (!next) return;
  const rows = [...$("tbody", next).rows];
  $("#found tbody").append(...rows);
  const foot = $(".foot", next);
  $("[data-first]", foot)?.remove();
  $("#found .foot").replaceWith(foot);
  $("a", rows[0]).focus({ preventScroll: true });
}
offerMore(document);
document.addEventListener("input", (event) => {
  const search = event.target.closest("form[data-search]");
  if (!search) return;
  clearTimeout(typing);
  typing = setTimeout(() => show(addressOf(search), { keep: true }), 120);
});
document.addEventListener("submit", (event) => {
  if (!event.target.matches("form[data-search]")) return;
  event.preventDefault();
  clearTimeout(typing);
  show(addressOf(event.target), { keep: true });
});
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-more]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  more(link);
});

// -- menus: one open at a time ----------------------------------------------------------------------------------
export function shut(except) {
  for (const menu of $$("details.menu[open]")) if (!menu.contains(except)) menu.open = false;
}
document.addEventListener("click", (event) => shut(event.target));
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    const menu = $("details.menu[open]");
    if (menu) $("summary", menu).focus();
    shut();
  } else if (event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey && !event.target.matches("input, select, textarea")) {
    const field = $("input[type=search]");
    if (field) event.preventDefault();
    field?.focus();
  }
});

// -- commands and links to copy; where the clipboard is refused, a link is shown -----------------------------------
for (const button of $$("button[data-copy]")) button.hidden = !navigator.clipboard;
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button || !navigator.clipboard) return;
  event.preventDefault();
  const from = $("code, input", button.parentElement);
  navigator.clipboard.writeText(from.value ?? from.textContent).then(
    () => (button.textContent = button.dataset.copy),
    () => (button.parentElement.open = true),
  );
});

// -- the picture in a header: initials until it is there, and where it is not to be had ------------------------
const gone = (face) => face.removeAttribute("src");
document.addEventListener("error", (event) => event.target.matches?.(".ring img") && gone(event.target), true);
for (const face of $$(".ring img")) if (face.complete && !face.naturalWidth) gone(face);
