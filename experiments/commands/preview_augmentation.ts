/** `deno task preview-augmentation`: draws what training makes of images. */
import type { Command } from "commander";
import { spreadIndices } from "../../lib/array.ts";
import { drawSample } from "../../lib/data/batches.ts";
import { keepInMemory } from "../../lib/data/dataset.ts";
import { denormalised, denormalisedBands } from "../../lib/images/normalise.ts";
import { shownImage } from "../../lib/images/shown_bands.ts";
import { stream } from "../../lib/random.ts";
import { comparison, type Panel } from "../../lib/report/comparison.ts";
import { outlined } from "../../lib/report/outlined.ts";
import { bandsOf } from "../../lib/runs/bands_of.ts";
import { OWN, ownRecipe } from "../../lib/runs/recipes.ts";
import { dataNames, namedData } from "../../lib/sets/named.ts";
import { augmentationOf, trainConfigSchema } from "../../lib/train/config.ts";
import { displaying, main, newCommand, whole } from "./command.ts";
import { printFormat } from "./opened_data.ts";
import { dataPlaces, userPath } from "./paths.ts";
import { print } from "./print.ts";
import { augmented, augmentOption } from "./training_options.ts";

interface Options {
  readonly data: string;
  readonly augment?: string;
  readonly flip: boolean;
  readonly crop?: number;
  readonly images: number;
  readonly draws: number;
  readonly seed: number;
  readonly out: string;
}

/** The command; its help says the defaults. */
export function previewAugmentationCommand(): Command {
  return newCommand("preview-augmentation")
    .description(
      "Draws a sheet of training crops as a network would see them: a row an image, a column a draw, " +
        "with the outlines of the labels; what is ignored is struck through.",
    )
    .requiredOption("--data <name>", dataNames)
    .option(...augmentOption)
    .option("--no-flip", "without mirror images")
    .option(
      "--crop <pixels>",
      `side of the crops (default: ${OWN.crop}, as train has it)`,
      whole(1),
    )
    .option("--images <n>", "rows, spread over the training images", whole(1), 4)
    .option("--draws <n>", "columns", whole(1), 5)
    .option("--seed <n>", "of the draws", whole(0), 1)
    .option("--out <file>", "a .png or .jpg", userPath, "augmentation.png")
    .action(preview);
}

async function preview(
  { data, augment, flip, images, draws, out, ...choices }: Options,
): Promise<void> {
  const train = keepInMemory(await namedData(data, "train", dataPlaces, {}));
  printFormat(train);
  const own = { variant: "Seg-T/16", accumulate: 1, checkpointEvery: 1, threads: 1, ...choices };
  const recipe = { ...await ownRecipe(own, train), ...await augmented(augment, flip) };
  const seen = await displaying(async ({ show: onProgress, say: onMessage }) => {
    const task = { folder: "", config: recipe, train, resume: false, onProgress, onMessage };
    return await bandsOf(task);
  });
  const augmentation = augmentationOf(
    trainConfigSchema.parse({ ...recipe, ...seen, pretrained: null }),
  );
  const { classes, palette } = train;
  const panel = async (index: number, draw: number): Promise<Panel> => {
    const example = await train.example(index);
    const random = stream(`preview/${index}/${draw}`, choices.seed);
    const { image, labels } = await drawSample(train, example, augmentation, random);
    const pixels = seen.bands
      ? shownImage(denormalisedBands(image, seen.bands))
      : denormalised(image, augmentation.normalization);
    return { title: `${example.name}, ${draw + 1}`, image: outlined(pixels, labels, palette) };
  };
  const chosen = spreadIndices(train.length, Math.min(images, train.length));
  const columns = [...Array(draws).keys()];
  const rows = chosen.map((index) => Promise.all(columns.map((draw) => panel(index, draw))));
  await (await comparison(await Promise.all(rows), { classes, palette })).save(out);
  print(out);
}

if (import.meta.main) await main(previewAugmentationCommand());
