// Forms that change something, done in place: what the server answers is a whole page, whose parts are taken over.
import { $, $$, nowAt, offerMore, part, shut, show, tellTimes } from "./page.js";

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
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", form.getAttribute("action"));
    request.responseType = "document";
    request.setRequestHeader("Accept", "text/html");
    request.onload = () => resolve(request);
    request.onerror = () => reject(new Error("offline"));
    request.send(form.enctype === "multipart/form-data" ? data : new URLSearchParams([...data]));
  });
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
  const request = new XMLHttpRequest();
  request.open("GET", link.href);
  request.responseType = "document";
  request.setRequestHeader("Accept", "text/html");
  request.onload = () => (request.status === 200 ? took(request.response, request.responseURL, "h2") : location.assign(link.href));
  request.onerror = () => location.assign(link.href);
  request.send();
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
  tellTimes(next);
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

// -- a picture: chosen, dropped or pasted, and its square, which can be dragged ------------------------------------
const SIDE = 400;
let square;

async function brought(form, file) {
  square = undefined;
  $("[name=crop]", form).value = "";
  $("[data-file]", form).textContent = file.name;
  const bitmap = await createImageBitmap(file).catch(() => null);
  $(".crop", form).hidden = !bitmap;
  if (!bitmap) return; // the server says what is wrong with it, if anything
  $("[data-size]", form).textContent = `${bitmap.width} × ${bitmap.height}`;
  const scale = SIDE / bitmap.width;
  const height = Math.round(bitmap.height * scale);
  const canvas = Object.assign(document.createElement("canvas"), { width: 2 * SIDE, height: 2 * height });
  canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  const preview = canvas.toDataURL("image/webp", 0.85);
  for (const image of $$("image", form)) {
    image.setAttribute("href", preview);
    image.setAttribute("height", height);
  }
  $(".stage", form).setAttribute("viewBox", `0 0 ${SIDE} ${height}`);
  const side = Math.min(SIDE, height);
  square = { scale, height, most: side, width: bitmap.width, full: bitmap.height };
  const knob = knobs(form);
  knob.s.max = side;
  knob.s.value = side;
  fit(form);
  knob.x.value = (SIDE - side) / 2;
  knob.y.value = (height - side) / 5;
  draw(form);
}
const knobs = (form) => Object.fromEntries([...$$("[data-crop]", form)].map((input) => [input.dataset.crop, input]));
function fit(form) {
  const knob = knobs(form);
  knob.x.max = SIDE - knob.s.value;
  knob.y.max = square.height - knob.s.value;
}
function draw(form) {
  const knob = knobs(form);
  const [x, y, s] = [+knob.x.value, +knob.y.value, +knob.s.value];
  square.shown = { x, y, s };
  const put = (name, values) => Object.entries(values).forEach(([key, value]) => $(name, form).setAttribute(key, value));
  put(".shade", { d: `M0 0H${SIDE}V${square.height}H0ZM${x} ${y}v${s}h${s}v-${s}Z` });
  put(".frame", { x, y, width: s, height: s });
  put(".round", { cx: x + s / 2, cy: y + s / 2, r: s / 2 - 1 });
  for (const view of $$(".previews svg", form)) view.setAttribute("viewBox", `${x} ${y} ${s} ${s}`);
}
// Only a square that somebody has moved is sent: otherwise the server finds the face. One that grows keeps its middle.
function moved(form) {
  const before = square.shown;
  fit(form);
  if (before && before.s !== +knobs(form).s.value) {
    const by = (before.s - knobs(form).s.value) / 2;
    knobs(form).x.value = before.x + by;
    knobs(form).y.value = before.y + by;
  }
  draw(form);
  const knob = knobs(form);
  const side = Math.min(Math.round(knob.s.value / square.scale), square.width, square.full);
  const at = (value, whole) => Math.max(0, Math.min(Math.round(value / square.scale), whole - side));
  $("[name=crop]", form).value = `${at(knob.x.value, square.width)},${at(knob.y.value, square.full)},${side}`;
}
document.addEventListener("input", (event) => event.target.matches("[data-crop]") && square && moved(event.target.form));
document.addEventListener("change", (event) => {
  if (event.target.matches(".upload input[type=file]") && event.target.files[0]) brought(event.target.form, event.target.files[0]);
});
function given(files) {
  const form = $("form.upload");
  const file = [...files].find((one) => one.type.startsWith("image/"));
  if (!form || !file) return false;
  const all = new DataTransfer();
  all.items.add(file);
  $("input[type=file]", form).files = all.files;
  const dialog = form.closest("dialog");
  if (dialog && !dialog.open) dialog.showModal();
  brought(form, file);
  return true;
}
document.addEventListener("paste", (event) => given(event.clipboardData.files) && event.preventDefault());
document.addEventListener("dragover", (event) => $("form.upload") && event.dataTransfer.types.includes("Files") && event.preventDefault());
document.addEventListener("drop", (event) => given(event.dataTransfer.files) && event.preventDefault());
let from;
document.addEventListener("pointerdown", (event) => {
  const stage = event.target.closest(".stage");
  if (!stage || !square) return;
  stage.setPointerCapture(event.pointerId);
  const knob = knobs(stage.closest("form"));
  from = { left: event.clientX, top: event.clientY, x: +knob.x.value, y: +knob.y.value, scale: SIDE / stage.getBoundingClientRect().width };
});
document.addEventListener("pointermove", (event) => {
  const stage = event.target.closest?.(".stage");
  if (!stage?.hasPointerCapture(event.pointerId)) return;
  const knob = knobs(stage.closest("form"));
  knob.x.value = from.x + (event.clientX - from.left) * from.scale;
  knob.y.value = from.y + (event.clientY - from.top) * from.scale;
  moved(stage.closest("form"));
});
