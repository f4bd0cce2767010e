/** The script of the photo page: takes a photo, has it segmented, shows what was found. */
import type { SiteModel } from "../page_data.ts";
import { takeDropped } from "./drop_zone.ts";
import { byId } from "./elements.ts";
import type { Asked, Said } from "./photo_messages.ts";

const { classes, palette } = JSON.parse(byId("model", HTMLElement).textContent!) as Pick<
  SiteModel,
  "classes" | "palette"
>;
const status = byId("status", HTMLElement);
const [photo, overlay] = [byId("picture", HTMLCanvasElement), byId("labels", HTMLCanvasElement)];
const opacity = byId("opacity", HTMLInputElement);
const plain = new URLSearchParams(location.search).has("wasm");
const worker = new Worker(new URL("./photo_worker.js", location.href), { type: "module" });
let shown: { readonly width: number; readonly height: number; labels: Uint8Array } | null = null;
let isBusy = false;

function say(text: string, isError = false): void {
  status.textContent = text;
  status.classList.toggle("error", isError);
}

/** Shows a photo and sends its pixels to the worker; no other place gets them. */
async function take(file: Blob, name: string): Promise<void> {
  if (isBusy) return say("One photo at a time: the last one is not done yet.");
  isBusy = true;
  say(`Reading ${name}`);
  const image = await createImageBitmap(file, { colorSpaceConversion: "none" }).catch(() => null);
  if (image === null) {
    isBusy = false;
    return say(
      `Cannot read ${name}: a picture that this browser shows needed, got another file.`,
      true,
    );
  }
  const { width, height } = image;
  for (const canvas of [photo, overlay]) Object.assign(canvas, { width, height });
  const context = photo.getContext("2d", { willReadFrequently: true })!;
  context.drawImage(image, 0, 0);
  image.close();
  byId("result", HTMLElement).hidden = false;
  byId("found", HTMLElement).replaceChildren();
  byId("under", HTMLElement).textContent = "";
  shown = { width, height, labels: new Uint8Array() };
  const pixels = context.getImageData(0, 0, width, height).data.buffer;
  const asked: Asked = { width, height, pixels, plain };
  worker.postMessage(asked, [pixels]);
}

worker.onmessage = ({ data }: MessageEvent<Said>) => {
  if (data.kind === "progress") return say(data.text);
  isBusy = false;
  if (data.kind === "error") return say(data.text, true);
  const { milliseconds, runs, where, labels } = data;
  shown!.labels = new Uint8Array(labels);
  draw();
  say(
    `Segmented in ${Math.round(milliseconds)} ms on this device (${where}; ${runs} ` +
      `${runs === 1 ? "window" : "windows"}). Nothing was uploaded.`,
  );
};
worker.onerror = ({ message }) => {
  isBusy = false;
  say(`Cannot segment here: a browser that runs the network needed, got ${message}`, true);
};

function draw(): void {
  const { width, height, labels } = shown!;
  const colours = new ImageData(width, height);
  const counts = new Array<number>(classes.length).fill(0);
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!;
    counts[label]!++;
    colours.data.set(palette[label]!, 4 * i);
    colours.data[4 * i + 3] = 255;
  }
  overlay.getContext("2d")!.putImageData(colours, 0, 0);
  const order = [...counts.keys()].filter((label) => counts[label]! > 0)
    .sort((a, b) => counts[b]! - counts[a]!);
  byId("found", HTMLElement).replaceChildren(...order.map((label) => {
    const swatch = Object.assign(document.createElement("span"), { className: "swatch" });
    swatch.style.background = `rgb(${palette[label]!.join(" ")})`;
    const entry = document.createElement("li");
    entry.append(
      swatch,
      ` ${classes[label]} ${(100 * counts[label]! / labels.length).toFixed(1)}\u00a0%`,
    );
    return entry;
  }));
}

function fade(): void {
  overlay.style.opacity = `${Number(opacity.value) / 100}`;
}

byId("file", HTMLInputElement).addEventListener("change", (event) => {
  const input = event.target as HTMLInputElement;
  const file = input.files?.[0];
  if (file) take(file, file.name);
  input.value = ""; // so that the same photo can be chosen again
});
document.getElementById("sample")?.addEventListener("click", async () => {
  take(await (await fetch(new URL("./model/sample.jpg", location.href))).blob(), "the sample");
});
opacity.addEventListener("input", fade);
takeDropped(([file]) => {
  if (file) take(file, file.name);
});
byId("stage", HTMLElement).addEventListener("pointermove", (event) => {
  if (!shown || shown.labels.length === 0) return;
  const { left, top, width, height } = photo.getBoundingClientRect();
  const x = Math.floor((event.clientX - left) / width * shown.width);
  const y = Math.floor((event.clientY - top) / height * shown.height);
  const label = shown.labels[y * shown.width + x];
  byId("under", HTMLElement).textContent = label === undefined ? "" : `Here: ${classes[label]}`;
});
fade();
