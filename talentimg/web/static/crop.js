// A picture that somebody brings: chosen, dropped or pasted, and its square, which can be dragged.
import { $, $$ } from "./page.js";

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
