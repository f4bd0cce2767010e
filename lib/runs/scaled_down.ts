import { isDeepStrictEqual } from "node:util";
import type { Dataset } from "../data/dataset.ts";
import { consoleTable } from "../report/table.ts";
import { type Preset, type Recipe, recipeOf } from "../families/recipe.ts";
import type { RunRecipe } from "./recipes.ts";

/** A published value, and that of a run. */
interface Departure {
  readonly published: unknown;
  readonly run: unknown;
}

/** How far a run is from the published one. */
export interface ScaledDown {
  /** What the published steps were divided by. */
  readonly by: number;
  readonly differs: Readonly<Record<string, Departure>>;
  /** Crops that the network sees in training, and the run's share of the published images and pixels. */
  readonly images: {
    readonly published: number;
    readonly run: number;
    readonly share: number;
    readonly pixelShare: number;
  };
}

/** What differs between a published recipe and a run on some data that begins as `beginning` says. */
export function scaledDownOf(
  preset: Preset,
  config: RunRecipe,
  by: number,
  data: { readonly name: string } & Pick<Dataset, "classes">,
  beginning: string,
): ScaledDown {
  const recipe: Recipe = recipeOf(preset, config.variant);
  const published = { ...recipe, accumulate: 1 };
  const isPublished = preset.variants.includes(config.variant);
  const all: Record<string, Departure> = {
    variant: { published: preset.variants, run: isPublished ? preset.variants : config.variant },
    data: { published: preset.data, run: data.name },
    classes: { published: preset.classes, run: data.classes.length },
    "begins with": { published: preset.beginning, run: beginning },
    ...Object.fromEntries(
      Object.entries(published).map(([key, value]) =>
        [key, { published: value, run: config[key as keyof RunRecipe] }] as const
      ),
    ),
    "test images": { published: preset.evaluation, run: "windows" },
  };
  const differs = Object.fromEntries(
    Object.entries(all).filter(([, { published, run }]) => !isDeepStrictEqual(published, run)),
  );
  const before = published.steps * published.batch;
  const now = config.steps * config.batch * config.accumulate;
  const area = (config.crop / published.crop) ** 2;
  const images = {
    published: before,
    run: now,
    share: now / before,
    pixelShare: area * now / before,
  };
  return { by, differs, images };
}

/** The table of what differs, for a terminal. */
export function scaledDownTable(preset: string, { by, differs, images }: ScaledDown): string {
  const row = (setting: string, { published, run }: Departure) => ({
    setting,
    published: text(published),
    "this run": text(run),
  });
  const rows = [
    ...Object.entries(differs).map(([setting, departure]) => row(setting, departure)),
    row("images seen", images),
    row("of the budget", {
      published: "100 %",
      run: `${percent(images.share)} of the images, ${percent(images.pixelShare)} of the pixels`,
    }),
  ];
  const how = by === 1 ? "" : `, its steps divided by ${text(by)}`;
  return `Preset ${preset}${how}. What differs from the published recipe:\n\n${consoleTable(rows)}`;
}

function percent(share: number): string {
  return `${Number((100 * share).toPrecision(2))} %`;
}

function text(value: unknown): string {
  if (typeof value === "number") {
    return Number.isInteger(value) ? value.toLocaleString("en-US") : String(value);
  }
  return Array.isArray(value) ? value.join(", ") : String(value);
}
