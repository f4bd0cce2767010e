/** `deno task train`: trains a variant on a user's own data. */
import type { Command } from "commander";
import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import type { Dataset } from "../../lib/data/dataset.ts";
import { type Variant, variantOf, variants } from "../../lib/models/variants.ts";
import type { WrittenConfig } from "../../lib/train/config.ts";
import { type Paramwise, SEGFORMER_PARAMWISE, SETR_PARAMWISE } from "../../lib/train/paramwise.ts";
import { namedData } from "../support/datasets.ts";
import { drawOverlays } from "../support/figures.ts";
import { userPath } from "../support/paths.ts";
import { completeRun } from "../support/run.ts";
import { printScores } from "../support/scores_table.ts";
import { main, newCommand, positive, whole } from "./command.ts";

interface Options {
  readonly data: string;
  readonly variant: string;
  readonly out: string;
  readonly pretrained?: string;
  readonly steps: number;
  readonly batch?: number;
  readonly accumulate: number;
  readonly crop?: number;
  readonly lr?: number;
  readonly checkpointEvery: number;
  readonly seed: number;
  readonly threads: number;
  readonly resume?: true;
}

const BATCH = 8;
const CROP = 240;
const LR = { pretrained: 2e-4, random: 1e-3 };
/** What a family's recipe changes where the backbone begins with pretrained weights. */
const FINE_TUNING: Partial<Record<Variant["family"], { lr?: number; paramwise: Paramwise }>> = {
  segformer: { lr: 6e-5, paramwise: SEGFORMER_PARAMWISE },
  setr: { paramwise: SETR_PARAMWISE },
};
const PICTURES = 4;

/** The command; its help says the defaults. */
export function trainCommand(): Command {
  return newCommand("train")
    .description(
      "Trains a network on your own images, evaluates it on the validation ones, and writes config, " +
        "metrics, weights (model.safetensors) and pictures into a folder.",
    )
    .requiredOption(
      "--data <name>",
      "a JSON description (data/README.md), a folder in CamVid's layout, camvid (in data/camvid), " +
        "or scenes (synthetic)",
    )
    .requiredOption("--variant <name>", `one of ${Object.keys(variants).join(", ")}`)
    .requiredOption("--out <folder>", "where the run goes; new or empty", userPath)
    .option(
      "--pretrained <checkpoint>",
      "weights to begin from: the backbone's ImageNet weights (timm or DeiT ViT, AugReg npz, " +
        "mit_bX.pth, torchvision ResNet) or a whole network (Seglab's or published)",
      userPath,
    )
    .option("--steps <n>", "optimizer steps", whole(1), 1000)
    .option("--batch <n>", `images at a time (default: ${BATCH}, or all if fewer)`, whole(1))
    .option("--accumulate <n>", "batches in a step", whole(1), 1)
    .option(
      "--crop <pixels>",
      `side of the crops and of the windows in evaluation (default: ${CROP}, or the first image's ` +
        "short side in whole patches if less)",
      whole(1),
    )
    .option(
      "--lr <rate>",
      `highest learning rate (default: ${LR.pretrained} with --pretrained, for SegFormer ` +
        `${FINE_TUNING.segformer!.lr}, or else ${LR.random})`,
      positive,
    )
    .option("--checkpoint-every <n>", "steps between two checkpoints", whole(1), 50)
    .option("--seed <n>", "of weights and augmentation", whole(0), 1)
    .option("--threads <n>", "results depend on it", whole(1), navigator.hardwareConcurrency)
    .option("--resume", "go on with a run that was stopped, given the same options")
    .action(trainOn);
}

async function trainOn(options: Options): Promise<void> {
  const { data, out, pretrained = null, seed } = options;
  const variant = variantOf(options.variant);
  if (pretrained !== null && !existsSync(pretrained)) {
    throw new RangeError(
      `Cannot begin from pretrained weights: a checkpoint needed, got no ${pretrained}`,
    );
  }
  const train = await namedData(data, "train");
  const val = await namedData(data, "val");
  const summary = await completeRun({
    folder: out,
    name: { experiment: "train", run: basename(out), seed },
    config: await configOf(options, variant, train),
    train,
    val,
    pretrained,
    resume: options.resume ?? false,
    pictures: PICTURES,
  });
  const overlays = await drawOverlays(
    [{ label: "prediction", folder: out }],
    join(out, "overlays"),
  );
  printScores({ ...summary.final!, perClass: summary.perClass });
  console.log(`${join(out, "model.safetensors")}\n${overlays}`);
}

/** The recipe of experiments/accuracy_vs_speed.ts, fitted to the data where no option says it. */
async function configOf(
  { steps, accumulate, checkpointEvery, seed, threads, ...options }: Options,
  { patch, family }: Variant,
  train: Dataset,
): Promise<Omit<WrittenConfig, "pretrained">> {
  const { image: { width, height } } = await train.example(0);
  const side = Math.max(1, Math.floor(Math.min(width, height) / patch)) * patch;
  const crop = options.crop ?? Math.min(CROP, side);
  const { lr, ...groups } = options.pretrained
    ? { lr: LR.pretrained, ...FINE_TUNING[family] }
    : { lr: LR.random };
  return {
    variant: options.variant,
    crop,
    batch: options.batch ?? Math.min(BATCH, train.length),
    accumulate,
    steps,
    seed,
    threads,
    optimizer: "adamw",
    ...groups,
    lr: options.lr ?? lr,
    minLr: 0,
    power: 0.9,
    warmup: Math.min(50, Math.floor(steps / 10)),
    weightDecay: 0.01,
    clip: 1,
    dropPath: 0.1,
    decoderDropout: 0,
    scale: [0.5, 2],
    flip: true,
    colour: "brightness-contrast",
    normalization: "deit",
    maxClassShare: 0.75,
    stride: crop,
    logEvery: 10,
    checkpointEvery,
  };
}

if (import.meta.main) await main(trainCommand());
