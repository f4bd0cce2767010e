import { z } from "zod";
import { type ChosenExtras, chosenExtrasSchema } from "../data/extras.ts";
import { pipeline, recipeSchema } from "../families/recipe.ts";
import { readJson } from "../json.ts";

const recipe = recipeSchema.shape;

/** What is done to training examples as a file says it; what it leaves out stays as the recipe has it. */
const augmentSchema = z.strictObject({
  ...chosenExtrasSchema.unwrap().shape,
  scale: recipe.scale.optional(),
  flip: recipe.flip.optional(),
  colour: recipe.colour.optional(),
  maxClassShare: recipe.maxClassShare.optional(),
});

/** What is done to training examples, as it is chosen. */
export interface AugmentChoice {
  /** What differs from the recipe's own settings. */
  readonly recipe: Partial<
    Pick<z.infer<typeof recipeSchema>, "scale" | "flip" | "colour" | "maxClassShare">
  >;
  readonly extras: ChosenExtras;
}

/** Named sets, as a file has them: what is sensible for a kind of pictures, not what a paper published. */
const sets = {
  street: {
    ...pipeline,
    blur: { sigma: 1.5, p: 0.1 },
    noise: { deviation: 10, p: 0.1 },
    grey: 0.05,
    copyPaste: { classes: "rare", p: 0.3 },
  },
  aerial: {
    ...pipeline,
    rotate: { degrees: 45, p: 0.5 },
    verticalFlip: true,
    quarterTurns: true,
    blur: { sigma: 1.5, p: 0.1 },
    cutMix: 0.25,
  },
  medical: {
    scale: [0.75, 1.5],
    flip: true,
    colour: "brightness-contrast",
    rotate: { degrees: 30, p: 0.5 },
    verticalFlip: true,
    blur: { sigma: 1, p: 0.2 },
    noise: { deviation: 10, p: 0.2 },
  },
  none: { scale: [1, 1], flip: false, colour: "none", maxClassShare: 1 },
} as const satisfies Record<string, z.input<typeof augmentSchema>>;

/** The names of the sets. */
export const augmentSetNames: readonly string[] = Object.keys(sets);

/** A named set, or what a JSON file of the same settings says. */
export async function augmentChoice(name: string): Promise<AugmentChoice> {
  const set = Object.hasOwn(sets, name)
    ? augmentSchema.parse(sets[name as keyof typeof sets])
    : null;
  const needs = `to be one of ${augmentSetNames.join(", ")}, or a JSON file of their settings`;
  const { scale, flip, colour, maxClassShare, ...extras } = set ??
    await readJson(name, augmentSchema, { needs });
  return {
    recipe: {
      ...scale && { scale },
      ...flip === undefined ? {} : { flip },
      ...colour && { colour },
      ...maxClassShare && { maxClassShare },
    },
    extras,
  };
}
