/** Damaged JSON of users and of published models: what is read of each, as a command reads it. */
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { SideFiles } from "../../lib/checkpoints/side_files.ts";
import { folder } from "../../lib/data/folder.ts";
import { pixelsOf, processorProtocol, readProcessor } from "../../lib/families/hub_processor.ts";
import { readHubConfig } from "../../lib/families/segformer/hub_config.ts";
import * as upernet from "../../lib/families/upernet/hub_config.ts";
import { shardsOf } from "../../lib/hub/needed_files.ts";
import type { Random } from "../../lib/random.ts";
import { readClassFile } from "../../lib/segment/class_file.ts";
import { isResult } from "../../lib/segment/outputs.ts";
import { concat } from "../checkpoints/torch_file.ts";
import { greyPng, labelMap } from "../data/fixtures.ts";
import { damagedJson } from "./mutate_json.ts";
import { mutate, pick } from "./mutate.ts";
import { type Files, type Target, Wrong } from "./target.ts";

/** A kind of JSON file: a sound one, what lies beside it, and its reader. */
export interface JsonCase {
  /** Where it lies, which no other case shares. */
  readonly path: string;
  readonly text: string;
  readonly beside?: Files;
  /** Puts the text into a file that holds more than it. */
  readonly within?: (text: Uint8Array) => Uint8Array;
  /** Reads it and throws a `Wrong` at what cannot be right. */
  readonly read: (path: string) => Promise<void>;
}

/** A target of several kinds of JSON files. */
export function jsonTarget(name: string, cases: readonly JsonCase[]): Target {
  return {
    name,
    make: (random) => {
      const { path, text, beside = new Map(), within = (text: Uint8Array) => text } = pick(
        cases,
        random,
      );
      return new Map([[path, within(damaged(path, text, random))], ...beside]);
    },
    read: (path) => cases.find((one) => path.endsWith(`/${one.path}`))!.read(path),
    refusal: /^Cannot .+?: .*need.+, got\s.+/s,
  };
}

function damaged(path: string, text: string, random: Random): Uint8Array {
  if (!/\.(txt|xml|csv|yaml)$/.test(path)) return damagedJson(text, random);
  const tokens = ["\n", "\x1b[2J", "[", "{", "\ufeff", "x".repeat(50_000)].map((part) =>
    concat(part)
  );
  return mutate(concat(text), random, { tokens, others: [concat(text)] });
}

const mask = greyPng(labelMap(4, 3, (x) => x % 3));
const pair: Files = new Map([["images/a.png", mask], ["masks/a.png", mask]]);
const COLOURS = [[120, 110, 100], [200, 60, 40], [40, 120, 50]] as const;
const NAMES = ["ground", "roof", "tree"];
const MODEL = { classes: NAMES, palette: COLOURS };
const described = NAMES.map((name, i) => ({ name, colour: COLOURS[i], value: i }));
const split = { images: "images", labels: "masks" };
const description = JSON.stringify({
  name: "rooftops",
  classes: described,
  ignore: 255,
  train: split,
  val: split,
});

async function readClasses(path: string): Promise<void> {
  const { classes, palette } = await readClassFile(path, MODEL);
  if (classes.length !== 3 || palette.length !== 3 || new Set(classes).size < 3) {
    throw new Wrong(`${classes} for three classes`);
  }
}

async function readSizes(path: string): Promise<void> {
  const processor = await readProcessor(await SideFiles.of(path));
  const { mean, std } = pixelsOf(processor);
  const { resize } = processorProtocol(processor, 512);
  const numbers = [...mean, ...std, ..."size" in resize ? resize.size : []];
  if (!numbers.every(Number.isFinite) || std.includes(0)) throw new Wrong(`${numbers}`);
}

const SHARDS = ["1.safetensors", "2.safetensors"];

/** JSON that users write or get with a model. */
export async function jsons(): Promise<Target> {
  const at = new URL("../golden/segformer_hub/config.json", import.meta.url).pathname;
  return jsonTarget("json", [
    {
      path: "data.json",
      text: description,
      beside: pair,
      read: async (path) => {
        const data = await folder(path, "train");
        const { labels } = await data.example(0);
        const isSound = labels.data.every((label) => label < data.classes.length || label === 255);
        if (!isSound || data.palette.length !== data.classes.length) {
          throw new Wrong(`${labels.data}`);
        }
      },
    },
    { path: "names.json", text: JSON.stringify(NAMES), read: readClasses },
    { path: "classes.json", text: JSON.stringify({ classes: described }), read: readClasses },
    { path: "names.txt", text: NAMES.join("\n"), read: readClasses },
    {
      path: "upernet/config.json",
      text: JSON.stringify({
        ...{ model_type: "upernet", pool_scales: [1, 2, 3, 6], id2label: { 0: "sky", 1: "sea" } },
        backbone_config: { model_type: "swin", patch_size: 4, mlp_ratio: 4, qkv_bias: true },
      }),
      read: async (path) => {
        const config = await upernet.readHubConfig(await SideFiles.of(path));
        const isSound = (config?.classes ?? [""]).every((name) => typeof name === "string");
        if (!isSound) throw new Wrong(`${config?.classes}`);
      },
    },
    {
      path: "config.json",
      text: await readFile(at, "utf8"),
      read: async (path) => {
        const config = await readHubConfig(await SideFiles.of(path));
        const isSound = config?.heads.length === 4 &&
          (config.classes ?? [""]).every((name) => typeof name === "string");
        if (!isSound) throw new Wrong(`${config?.heads} heads, ${config?.classes}`);
      },
    },
    {
      path: "preprocessor_config.json",
      text: JSON.stringify({
        ...{ do_resize: true, size: { height: 128, width: 128 }, resample: 3, do_rescale: true },
        ...{ rescale_factor: 1 / 255, do_normalize: true, image_processor_type: "Segformer" },
        ...{ image_mean: [0.485, 0.456, 0.406], image_std: [0.229, 0.224, 0.225], do_pad: null },
      }),
      read: readSizes,
    },
    {
      path: "model.safetensors.index.json",
      text: JSON.stringify({ metadata: { n: 1 }, weight_map: { a: SHARDS[0], b: SHARDS[1] } }),
      read: async (path) => {
        const shards = shardsOf("a/b", await readFile(path, "utf8"), SHARDS);
        if (!shards.every((name) => SHARDS.includes(name))) throw new Wrong(`${shards}`);
      },
    },
    {
      path: "a.json",
      text: JSON.stringify({
        ...{ file: "a.jpg", width: 4, height: 3 },
        classes: [{ index: 0, name: "ground", pixels: 12, share: 1, confidence: 0.9 }],
      }),
      read: async (path) => {
        const known = await isResult(join(dirname(path), "a_labels.png"));
        if (typeof known !== "boolean") throw new Wrong(`${known}`);
      },
    },
  ]);
}
