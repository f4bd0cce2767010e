/** `deno task analyse`: looks into a network, and writes numbers and pictures. */
import { type Command, InvalidArgumentError, Option } from "commander";
import { basename, dirname } from "node:path";
import { type OpenedModel, openModel } from "../../lib/models/open.ts";
import type { Point } from "../../lib/report/marked.ts";
import { dataNames } from "../../lib/sets/named.ts";
import { listPictures } from "../../lib/segment/inputs.ts";
import { makeWritable } from "../../lib/writable_folder.ts";
import { analyses, type Analysis, type Choice } from "./analyses.ts";
import { displaying, main, newCommand, whole } from "./command.ts";
import { locatedModel } from "./located_model.ts";
import { type DeviceOption, providerOf, withDeviceOption } from "./device_option.ts";
import { userPath } from "./paths.ts";
import { print } from "./print.ts";

interface Options extends Omit<Choice, "device">, DeviceOption {
  readonly what: string;
  readonly with?: readonly string[];
  readonly out: string;
}

/** The command; its help says the defaults. */
export function analyseCommand(): Command {
  const list = Object.entries(analyses).map(([name, { title }]) => `${name}: ${title}`);
  const command = newCommand("analyse")
    .description(
      `Looks into a network and writes JSON and pictures: ${
        list.join("; ")
      }. Pictures are resized ` +
        "so that their short side is what the network was trained on (--side).",
    )
    .argument("<checkpoint>", "the folder of a run, or what `segment --model` takes")
    .argument("[images...]", "images, folders of images, or patterns like 'photos/**/*.jpg'")
    .addOption(
      new Option("--what <analysis>", "what is looked at").choices(Object.keys(analyses))
        .makeOptionMandatory(),
    )
    .option("--layer <name>", "a layer such as encoder.3 or decoder.1; a wrong one lists all")
    .option("--head <n>", "a head, counted from 0, `all`, or their `mean`", headOf)
    .option("--at <x,y>", "the pixel of the images whose patch looks, or is compared", pointOf)
    .option("--token <name>", "`class token`, or a class, where the decoder has class embeddings")
    .addOption(
      new Option("--rollout <fusion>", "follow attention through all layers up to --layer")
        .choices(["mean", "max", "min"]),
    )
    .option("--with <checkpoints...>", "further networks, side by side with the first")
    .option("--data <name>", `labelled data, of which the val split is used: ${dataNames}`)
    .option("--side <pixels>", "short side of the images (default: the network's)", whole(1))
    .option("--out <folder>", "where the files go", userPath, userPath("analysis"))
    .option("--threads <n>", "threads of the network", whole(1), navigator.hardwareConcurrency);
  return withDeviceOption(command).action(analyse);
}

async function analyse(name: string, images: readonly string[], options: Options): Promise<void> {
  const { what, with: others = [], out, device: _, ...rest } = options;
  const choice = { ...rest, device: await providerOf(options) };
  const analysis = analyses[what]!;
  requireUse(what, analysis, { ...choice, ...options.with && { with: others } });
  const pictures = await picturesOf(what, analysis, images);
  const models: Record<string, OpenedModel> = {};
  for (const one of [name, ...others]) models[freeLabel(one, models)] = await opened(one);
  const model = Object.values(models)[0]!;
  await makeWritable(out);
  const { text, paths } = await displaying(async (display) => {
    const listener = { onProgress: display.show, onMessage: display.say };
    const finding = await analysis.run({
      model,
      models,
      pictures,
      choice: { ...choice, ...listener },
    });
    return { text: finding.text(), paths: await finding.save(out) };
  });
  if (text !== "") print(`${text}\n`);
  print(paths.join("\n"));
}

async function picturesOf(
  what: string,
  { needsPictures }: Analysis,
  images: readonly string[],
): Promise<string[]> {
  if (needsPictures && images.length === 0) {
    throw new RangeError(
      `Cannot analyse ${what}: at least one image or folder of images needed, got none`,
    );
  }
  return images.length > 0 ? await listPictures(images.map(userPath), "Cannot analyse") : [];
}

/** An option that an analysis does not know is a mistake, not something to be silent about. */
function requireUse(what: string, { options }: Analysis, given: object): void {
  const known: readonly string[] = [...options, "threads", "device"];
  const useless = Object.keys(given).find((name) => !known.includes(name));
  if (useless === undefined) return;
  const list = options.map((name) => `--${name}`).join(", ");
  throw new RangeError(`Cannot analyse ${what}: ${list} needed, got --${useless}`);
}

async function opened(name: string): Promise<OpenedModel> {
  const model = await openModel(await locatedModel(name));
  if (model.architecture.file) {
    throw new TypeError(
      `Cannot analyse ${name}: a checkpoint needed, got an exported file, which only segments and is ` +
        `scored; give the checkpoint that it is of`,
    );
  }
  for (const text of model.assumed) print(`assumed: ${text}`);
  return model;
}

/** What figures call a checkpoint: its file or folder, each name once. */
function freeLabel(name: string, taken: object): string {
  const file = basename(name);
  const label = /^(model|checkpoint)\.\w+$/.test(file) ? basename(dirname(userPath(name))) : file;
  let free = label;
  for (let i = 2; free in taken; i++) free = `${label} (${i})`;
  return free;
}

function headOf(text: string): number | "mean" | "all" {
  return text === "mean" || text === "all" ? text : whole(0)(text);
}

function pointOf(text: string): Point {
  const [, x, y] = text.match(/^(\d+),(\d+)$/) ?? [];
  if (x === undefined) throw new InvalidArgumentError("two whole numbers like 120,80 are needed");
  return { x: Number(x), y: Number(y) };
}

if (import.meta.main) await main(analyseCommand());
