/** The script of the training page: photos, classes and strokes go to the worker, its network comes back. */
import { IGNORE, type Image } from "../../../lib/images/image.ts";
import { scenes } from "../../../lib/scenes/scenes.ts";
import type { TrainSource } from "../page_data.ts";
import { BrushStage } from "./brush_stage.ts";
import { ClassList } from "./class_list.ts";
import { takeDropped } from "./drop_zone.ts";
import { byId } from "./elements.ts";
import { lossCurve } from "./loss_curve.ts";
import { openedPhoto } from "./opened_photo.ts";
import { thumbnailOf } from "./thumbnails.ts";
import { describeFound } from "./found_classes.ts";
import { type Brief, briefOf, labelled } from "./training_brief.ts";
import type { Asked, Said } from "./train_messages.ts";
import { TrainingPhoto } from "./training_photo.ts";

const { bytes, smallest } = JSON.parse(byId("source", HTMLElement).textContent!) as TrainSource;
/** The synthetic scene for those who have no photo at hand, and what may be named in it. */
const SAMPLE = { seed: 7, split: "train", length: 12, size: 480 } as const;
const SAMPLE_CLASSES = ["sky", "ground", "tree", "house"];
const MOST_PHOTOS = 24;

const [status, work] = [byId("status", HTMLElement), byId("work", HTMLElement)];
const [start, stop] = [byId("train", HTMLButtonElement), byId("stop", HTMLButtonElement)];
const [steps, size] = [byId("steps", HTMLInputElement), byId("size", HTMLInputElement)];
const eraser = byId("eraser", HTMLInputElement);
const strip = byId("photos", HTMLElement);
const opacity = byId("opacity", HTMLInputElement);
const asks = new URLSearchParams(location.search);
/** The first of WebGPU and WebAssembly that computes right; the address may name one: train.html?wasm. */
const device = asks.has("wasm") ? "cpu" : asks.has("webgpu") ? "webgpu" : "auto";

const photos: TrainingPhoto[] = [];
let opened = 0;
let current: TrainingPhoto | null = null;
let losses: [number, number][] = [];
let isTraining = false;
/** Steps of the training under way or the last one. */
let total = 0;
/** Whether what learns or has learned knows other classes than those that are listed now. */
let areOthers = false;
let link: string | null = null;
/** Why nothing can be learned on this page, whatever else there is to say. */
let broken: string | null = null;

const worker = new Worker(new URL("./train_worker.js", location.href), { type: "module" });
const ask = (asked: Asked) => worker.postMessage(asked);

const classes = new ClassList(
  byId("classes", HTMLElement),
  byId("add", HTMLButtonElement),
  (to) => {
    for (const photo of photos) photo.renumber(to);
    areOthers = true;
    stage.redraw();
    stage.showFound();
  },
);
const stage = new BrushStage(
  () => ({
    label: eraser.checked ? IGNORE : classes.chosen,
    radius: Number(size.value) / 2 * longest() / 480,
  }),
  () => classes.classes.map(({ colour }) => colour),
  () => thumbnails(),
);

/** The brush's width is for photos of 480 pixels, so that it looks the same on all. */
function longest(): number {
  return current ? Math.max(current.image.width, current.image.height) : 480;
}

function say(text: string, isError = false): void {
  status.textContent = broken ?? text;
  status.classList.toggle("error", isError || broken !== null);
}

async function open(files: Iterable<File>): Promise<void> {
  const faults: string[] = [];
  for (const file of files) {
    if (photos.length >= MOST_PHOTOS) {
      faults.push(
        `Cannot open more photos: ${MOST_PHOTOS} at most needed, which is what memory holds.`,
      );
      break;
    }
    try {
      add(new TrainingPhoto(++opened, file.name, await openedPhoto(file, file.name, smallest)));
    } catch (error) {
      faults.push((error as Error).message);
    }
  }
  say(
    faults.length > 0 ? faults.join(" ") : "Choose a class and draw some strokes of it.",
    faults.length > 0,
  );
}

function add(photo: TrainingPhoto): void {
  if (photos.length === 0) ask({ kind: "prepare", device, bytes });
  photos.push(photo);
  work.hidden = false;
  choose(photo);
}

function choose(photo: TrainingPhoto | null): void {
  current = photo;
  stage.show(photo);
  thumbnails();
  describeFound(current, classes.classes);
  if (photo && !photo.found) ask({ kind: "show", photo: labelled(photo) });
}

function thumbnails(): void {
  strip.replaceChildren(...photos.map((photo) => {
    const button = Object.assign(document.createElement("button"), { type: "button" });
    button.setAttribute("aria-label", `${photo.name}${photo.has() ? ", labelled" : ""}`);
    button.setAttribute("aria-pressed", `${photo === current}`);
    button.classList.toggle("labelled", photo.has());
    button.append(thumbnailOf(photo));
    button.addEventListener("click", () => choose(photo));
    const entry = document.createElement("li");
    entry.append(button);
    return entry;
  }));
}

function train(): void {
  let asking: Brief;
  try {
    asking = briefOf(photos, classes, steps.value);
  } catch (error) {
    return say((error as Error).message, true);
  }
  losses = [];
  total = asking.steps;
  areOthers = false;
  setTraining(true);
  byId("result", HTMLElement).hidden = true;
  for (const photo of photos) photo.found = null;
  stage.showFound();
  describeFound(current, classes.classes);
  say("Loading");
  if (current) ask({ kind: "show", photo: labelled(current) });
  ask(asking);
}

function setTraining(value: boolean): void {
  isTraining = value;
  start.disabled = value;
  stop.disabled = !value;
  byId("progress", HTMLElement).hidden = !value && losses.length === 0;
}

worker.onmessage = ({ data }: MessageEvent<Said>) => {
  if (data.kind === "progress") say(data.text);
  else if (data.kind === "device") byId("device", HTMLElement).textContent = data.text;
  else if (data.kind === "step") heard(data);
  else if (data.kind === "look") looked(data.id, data.labels);
  else if (data.kind === "done") done(data);
  else {
    setTraining(false);
    say(data.text, true);
  }
};
worker.onerror = ({ message }) => {
  setTraining(false);
  const got = message ?? "one that does not load it";
  broken =
    `Cannot train here: a browser that runs the page's worker needed, got ${got}; look at the ` +
    "connection and at what blocks scripts, then load the page again.";
  say(broken);
};

function heard({ step, loss, left }: Extract<Said, { kind: "step" }>): void {
  losses.push([step, loss]);
  const seconds = step > 2 ? `, ${Math.ceil(left / 1000)} s left` : "";
  say(`Step ${step} of ${total}: loss ${loss.toFixed(3)}${seconds}`);
  const bar = byId("bar", HTMLProgressElement);
  Object.assign(bar, { max: total, value: step });
  drawCurve();
}

function drawCurve(): void {
  const place = byId("curve", HTMLElement);
  if (losses.length > 0 && place.clientWidth > 0) {
    place.replaceChildren(lossCurve(losses, total, place.clientWidth));
  }
}

function looked(id: number, labels: Uint8Array): void {
  const photo = photos.find((photo) => photo.id === id);
  if (!photo || areOthers) return;
  photo.found = labels;
  if (photo !== current) return;
  stage.showFound();
  describeFound(current, classes.classes);
}

function done({ steps: count, milliseconds, bytes }: Extract<Said, { kind: "done" }>): void {
  setTraining(false);
  const each = Math.round(milliseconds / Math.max(1, count - 1));
  say(
    `Learned in ${count} steps of ${each} ms on this device. Nothing was uploaded. Draw where it errs and ` +
      `train again, or look at other photos.`,
  );
  if (link !== null) URL.revokeObjectURL(link);
  link = URL.createObjectURL(new Blob([bytes], { type: "application/octet-stream" }));
  const download = byId("download", HTMLAnchorElement);
  download.href = link;
  download.textContent = `Download model.safetensors (${(bytes.length / 1e6).toFixed(1)} MB)`;
  byId("result", HTMLElement).hidden = false;
}

function fade(): void {
  byId("labels", HTMLCanvasElement).style.opacity = `${Number(opacity.value) / 100}`;
}

async function sample(): Promise<void> {
  const { image } = await scenes(SAMPLE).example(SAMPLE.length - 1);
  if (classes.isUntouched) classes.rename(SAMPLE_CLASSES);
  add(new TrainingPhoto(++opened, "the sample scene", image as Image)); // scenes are of no other kind
  say("Choose a class and draw some strokes of it.");
}

byId("threads", HTMLElement).hidden = globalThis.crossOriginIsolated;
start.addEventListener("click", train);
stop.addEventListener("click", () => {
  ask({ kind: "stop" });
  say("Stopping after the next few steps");
});
byId("sample", HTMLButtonElement).addEventListener("click", sample);
byId("undo", HTMLButtonElement).addEventListener("click", () => {
  current?.undo();
  stage.redraw();
  thumbnails();
});
byId("clear", HTMLButtonElement).addEventListener("click", () => {
  current?.clear();
  stage.redraw();
  thumbnails();
});
byId("remove", HTMLButtonElement).addEventListener("click", () => {
  if (current === null || isTraining) return;
  photos.splice(photos.indexOf(current), 1);
  work.hidden = photos.length === 0;
  choose(photos.at(-1) ?? null);
});
byId("seen", HTMLInputElement).addEventListener("change", ({ target }) => {
  byId("strokes", HTMLElement).classList.toggle("unseen", !(target as HTMLInputElement).checked);
});
byId("classes", HTMLElement).addEventListener("change", () => eraser.checked = false);
byId("files", HTMLInputElement).addEventListener("change", async ({ target }) => {
  const input = target as HTMLInputElement;
  await open([...input.files ?? []]);
  input.value = "";
});
takeDropped(open);
opacity.addEventListener("input", fade);
globalThis.addEventListener("resize", drawCurve);
fade();
