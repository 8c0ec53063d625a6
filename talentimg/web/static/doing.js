// Forms that change something, done in place: what the server answers is a whole page, whose parts are taken over.
import { $, $$, ask, nowAt, offerMore, part, shut, show, tellTimes } from "./page.js";

// -- what was done, and how to undo it ---------------------------------------------------------------------------
const toast = $("#toast");
let hiding;

function rest() {
  clearTimeout(hiding);
  hiding = setTimeout(
    () => {
      if (toast.matches(":hover, :focus-within")) rest();
      else toast.hidden = true;
    },
    $("form", toast) ? 20_000 : toast.hasAttribute("data-failed") ? 12_000 : 6_000,
  );
}
function say(children, failed) {
  toast.replaceChildren(...children);
  toast.toggleAttribute("data-failed", failed);
  toast.hidden = !toast.childElementCount;
  rest();
}
function sayFailed(text) {
  const span = document.createElement("span");
  span.textContent = text;
  say([span], true);
}
if (!toast.hidden) rest();

// -- forms ---------------------------------------------------------------------------------------------------------
function send(form, submitter) {
  const data = new FormData(form, submitter);
  const body = form.enctype === "multipart/form-data" ? data : new URLSearchParams([...data]);
  return ask(form.getAttribute("action"), { method: "POST", body });
}
function busy(form, is) {
  form.toggleAttribute("data-busy", is);
  for (const button of $$("button", form)) button.disabled = is;
  if (form.matches("[data-spin]")) $(".ring")?.toggleAttribute("data-busy", is);
}
async function act(form, submitter) {
  if (form.hasAttribute("data-busy")) return;
  const sent = send(form, submitter);
  busy(form, true);
  shut();
  const focus = form.dataset.focus;
  try {
    const request = await sent;
    if (request.status === 401) ended(form, submitter);
    else if (!request.response) sayFailed(toast.dataset.offline);
    else await took(request.response, request.responseURL, focus);
  } catch {
    sayFailed(toast.dataset.offline);
  }
  busy(form, false);
}
// The page that asks to sign in keeps what was typed, but for a file: that stays here.
function ended(form, submitter) {
  if (form.enctype === "multipart/form-data") {
    sayFailed(toast.dataset.session);
    return;
  }
  if (submitter?.name) {
    const field = Object.assign(document.createElement("input"), { type: "hidden", name: submitter.name, value: submitter.value });
    form.append(field);
  }
  form.submit();
}
async function took(page, address, focus) {
  const said = $("#toast", page);
  const failed = !said || said.hasAttribute("data-failed");
  if (said) say([...said.childNodes], failed);
  if (said && failed) return; // what was typed stays
  const main = document.adoptNode($("main", page));
  tellTimes(main);
  offerMore(main);
  await drawn(main);
  $("#upload")?.close();
  $("main").replaceChildren(...main.childNodes);
  const top = $(".top", page);
  if (top) $(".top").replaceChildren(...document.adoptNode(top).childNodes);
  document.body.className = page.body.className;
  document.title = page.title;
  nowAt(address, "pushState");
  watch();
  const next = (focus && $(focus)) || $("h1");
  if (next && !next.matches("a, button, input, summary")) next.tabIndex = -1;
  next?.focus({ preventScroll: true });
}
// So that nothing flickers: the picture in the header is there when it is shown.
function drawn(main) {
  const waits = [...$$(".ring img, .judge .shot", main)].map((face) => face.decode().catch(() => {}));
  return Promise.race([Promise.all(waits), new Promise((resolve) => setTimeout(resolve, 800))]);
}
async function go(link) {
  const found = await ask(link.href).catch(() => null);
  if (found?.status === 200) await took(found.response, found.responseURL, "h2");
  else location.assign(link.href);
}
document.addEventListener("submit", (event) => {
  if (!event.target.matches("form[data-act]")) return;
  event.preventDefault();
  act(event.target, event.submitter);
});

// -- review: one key for each button, unless a field has the focus or the keys are switched off -------------------
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (event.target.matches("input:not([type=checkbox]), select, textarea") || !$("[data-keys]")?.checked) return;
  const key = event.key.toLowerCase();
  if (key === "z") !toast.hidden && $("form button", toast)?.click();
  else if (/^[a-z]$/.test(key)) $(`[data-key="${key}"]`)?.click();
});
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-go], a[data-dialog], a[data-close]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const dialog = link.dataset.dialog ? document.getElementById(link.dataset.dialog) : link.closest("dialog");
  if (!link.matches("[data-go]") && !dialog) return;
  event.preventDefault();
  if (link.matches("[data-go]")) go(link);
  else if (link.dataset.dialog) {
    shut();
    dialog.addEventListener("close", () => $("#more summary")?.focus(), { once: true });
    dialog.showModal();
  } else dialog.close();
});

// -- the run under way, whoever started it -------------------------------------------------------------------------
const POLL_MS = 4000;
let events, looking, soon;

async function look() {
  const live = $("#live");
  if (!live || document.hidden) return;
  const next = await part(live.dataset.address, "live").catch(() => null);
  if (!next || !live.isConnected) return;
  const before = $("[data-live]", live);
  if (!before?.childElementCount && !next.childElementCount) return;
  const focused = live.contains(document.activeElement);
  live.replaceChildren(next);
  if (focused) ($("button", live) ?? live).focus();
  follow(next.dataset.events);
}
function follow(address) {
  if (events?.address === address) return;
  events?.source.close();
  events = undefined;
  if (!address) return;
  const source = new EventSource(address);
  events = { address, source };
  source.addEventListener("progress", () => (soon ??= setTimeout(() => ((soon = undefined), look()), 600)));
  source.addEventListener("ended", () => {
    source.close();
    events = undefined;
    over();
  });
}
// A run has ended: its own page is another one now; on the roster everybody may be.
async function over() {
  await look();
  if ($("form[data-search]")) show(location.href);
  else if ($("#outcomes")) location.reload();
}
function watch() {
  clearInterval(looking);
  const live = $("#live");
  follow($("[data-live]", live ?? document)?.dataset.events);
  if (live) looking = setInterval(() => events || look(), POLL_MS);
}
watch();
