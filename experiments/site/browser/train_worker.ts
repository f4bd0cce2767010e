/** Trains beside the page, which stays quick meanwhile: as `train` does, by the library's code. */
import { add } from "../../../lib/graph/ops/math.ts";
import { input, scalar } from "../../../lib/graph/tensor.ts";
import { NetworkPredictor } from "../../../lib/inference/predictor.ts";
import type { Learning } from "../../../lib/runs/train_on.ts";
import { chosenDevice } from "../../../lib/runtime/device.ts";
import type { Provider } from "../../../lib/runtime/platform.ts";
import { Program } from "../../../lib/runtime/program.ts";
import { arrayDataset } from "../../../lib/sets/arrays.ts";
import { availableThreads } from "../../../lib/threads.ts";
import { nextTurn } from "../../../lib/turn.ts";
import { trainModel } from "../../../lib/web/train_model.ts";
import { modelBytes, openModel, type WebModel } from "../../../lib/web/web_model.ts";
import { counted } from "../../../lib/words.ts";
import { download } from "./download.ts";
import { hasGraphics } from "./graphics.ts";
import type { Asked, Said, ShownPhoto } from "./train_messages.ts";

const page = globalThis as unknown as {
  postMessage(said: Said, transfer?: Transferable[]): void;
  onmessage: (event: MessageEvent<Asked>) => void;
};

type Brief = Extract<Asked, { kind: "train" }>;

/** The network to begin from, and what computes. */
interface Prepared {
  readonly from: WebModel;
  readonly provider: Provider;
}

/** A look costs as much as some steps: there are few, and the network stops at any fifth step. */
const LOOK_EVERY = 25;
const STOP_EVERY = 5;
/** The rate at which half of a pretrained encoder learns from single photos. */
const RATE = 3e-4;

const threads = availableThreads();
let wanted: Extract<Asked, { kind: "prepare" }> | null = null;
let ready: Promise<Prepared> | null = null;
let shown: ShownPhoto | null = null;
let isStopped = false;
/** What has learned, to look at other photos; it takes memory until the next training. */
let learned: NetworkPredictor | null = null;

page.onmessage = async ({ data }) => {
  try {
    await answer(data);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    page.postMessage({ kind: "error", text });
  }
};

async function answer(asked: Asked): Promise<void> {
  if (asked.kind === "stop") isStopped = true;
  else if (asked.kind === "show") {
    shown = asked.photo;
    if (learned) await look(learned);
  } else if (asked.kind === "prepare") {
    wanted = asked;
    await prepared();
  } else await train(asked);
}

/** The network to begin from and what computes; what failed is tried again. */
function prepared() {
  ready ??= prepare().catch((error) => {
    ready = null;
    throw error;
  });
  return ready;
}

async function prepare(): Promise<Prepared> {
  const { bytes, device } = wanted!;
  const url = new URL("./model/model.safetensors", globalThis.location.href);
  const from = openModel(await download(url, bytes, progress));
  progress("Loading what computes");
  const { provider, reason } = device === "auto" && !await hasGraphics()
    ? { provider: "cpu" as const, reason: "This browser gives no graphics processor (WebGPU)" }
    : await chosenDevice(device);
  await loadRuntime(provider);
  tellDevice(provider, reason);
  progress("Ready to learn.");
  return { from, provider };
}

/** Runtimes are loaded with the first program: now, while the visitor labels, and not with the first step. */
async function loadRuntime(provider: Provider): Promise<void> {
  const program = await Program.compile({ sum: add(input("x", [1]), scalar(1)) }, {
    provider,
    threads,
  });
  await program.release();
}

function tellDevice(provider: Provider, reason: string | null): void {
  const text = provider === "webgpu"
    ? "The graphics processor computes (WebGPU), which a self-test found right."
    : `The processor computes (WebAssembly, ${counted(threads, "thread")})` +
      (reason === null ? "." : `. ${reason}.`);
  page.postMessage({ kind: "device", text });
}

async function train(brief: Brief): Promise<void> {
  const { from, provider } = await prepared();
  isStopped = false;
  await learned?.release();
  learned = null;
  try {
    await trainOn(brief, from, provider);
  } catch (error) {
    if (provider === "cpu") throw error;
    // A graphics processor may lack memory for the step, or be taken away in the middle of it.
    console.warn(error);
    ready = Promise.resolve({ from, provider: "cpu" });
    tellDevice("cpu", "The graphics processor failed, so training began again");
    await trainOn(brief, from, "cpu");
  }
}

async function trainOn(brief: Brief, from: WebModel, provider: Provider): Promise<void> {
  const { classes, palette, photos, steps } = brief;
  progress("Preparing the first step");
  const examples = photos.map(({ width, height, pixels, labels }) => ({
    image: { width, height, data: pixels },
    labels: { width, height, data: labels },
  }));
  let started = 0;
  let last = 0;
  const model = await trainModel({
    from,
    data: arrayDataset({ name: "photos", classes, palette, examples }),
    device: provider,
    steps,
    batch: 1,
    resize: workingSide(from.window),
    crop: from.window,
    scale: [0.75, 1.5],
    sample: "balanced",
    lr: RATE,
    ...frozen(from),
    threads,
    onStep: async ({ step, loss }) => {
      started ||= performance.now(); // the first step prepares the others
      last = step;
      const each = step > 1 ? (performance.now() - started) / (step - 1) : 0;
      page.postMessage({ kind: "step", step, loss, left: each * (steps - step) });
      await nextTurn(); // what the page asks, to stop or to show another photo, is heard between steps
    },
    lookEvery: STOP_EVERY,
    onLook: async (step, learning) => {
      if (step % LOOK_EVERY === 0 && step < steps && !isStopped) await glance(learning);
      return isStopped;
    },
  });
  const milliseconds = performance.now() - started;
  learned = predictorOf(model);
  await look(learned);
  const bytes = modelBytes(model);
  page.postMessage({ kind: "done", steps: last, milliseconds, bytes }, [bytes.buffer]);
}

/**
 * The first half of the encoder's blocks stays as it is: what is common to all pictures is known there, and a
 * step takes two thirds of the time.
 */
function frozen({ architecture: { family, config } }: WebModel): { readonly freeze?: number } {
  const blocks = family.anatomy?.(config).encoder.blocks.length ?? 0;
  return blocks > 1 ? { freeze: Math.floor(blocks / 2) } : {};
}

/** Three windows lie along the longer side, each two thirds of one behind the other. */
function workingSide(window: number): number {
  return Math.round(window * 7 / 3);
}

/** Looks at the shown photo with weights that change in the next step. */
async function glance(learning: Learning): Promise<void> {
  const predictor = predictorOf(learning);
  await look(predictor);
  await predictor.release();
}

function predictorOf(learning: Learning): NetworkPredictor {
  return new NetworkPredictor({ ...learning, threads });
}

async function look(predictor: NetworkPredictor): Promise<void> {
  if (!shown) return;
  const { id, width, height, pixels } = shown;
  const { labels } = await predictor.predict({ width, height, data: pixels });
  page.postMessage({ kind: "look", id, labels: labels.data });
}

function progress(text: string): void {
  page.postMessage({ kind: "progress", text });
}
