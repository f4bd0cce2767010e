import type { Preset, Recipe } from "./preset.ts";
import { segformerPresets } from "./segformer/recipes.ts";
import { segmenterPresets } from "./segmenter/recipes.ts";
import { setrPresets } from "./setr/recipes.ts";

/** All published recipes, as FAMILY/DATA. */
export const presets: Readonly<Record<string, Preset>> = {
  ...segmenterPresets,
  ...segformerPresets,
  ...setrPresets,
};

/** The preset of a name; an unknown one is a RangeError that lists all. */
export function presetOf(name: string): Preset {
  if (Object.hasOwn(presets, name)) return presets[name]!;
  throw new RangeError(
    `Cannot find a preset: one of ${Object.keys(presets).join(", ")} needed, got "${name}"`,
  );
}

/** The recipe of a preset for a variant, with what is different for it. */
export function recipeOf({ recipe, exceptions }: Preset, variant: string): Recipe {
  return { ...recipe, ...exceptions[variant] };
}
