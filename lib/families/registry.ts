import type { CheckpointKind } from "../checkpoints/kind.ts";
import { deeplabv3plusFamily } from "./deeplabv3plus/family.ts";
import { dinoFamily } from "./dino/family.ts";
import type { Architecture, Encoder, Family, NetworkKind, Variant, VariantUse } from "./family.ts";
import { eomtFamily } from "./eomt/family.ts";
import { fcnFamily } from "./fcn/family.ts";
import type { Preset } from "./recipe.ts";
import { segformerFamily } from "./segformer/family.ts";
import { segmenterFamily } from "./segmenter/family.ts";
import { semanticFpnFamily } from "./semantic_fpn/family.ts";
import { setrFamily } from "./setr/family.ts";
import { swinUnetFamily } from "./swin_unet/family.ts";
import { transunetFamily } from "./transunet/family.ts";
import { upernetFamily } from "./upernet/family.ts";

/** All families. */
export const families: readonly Family[] = [
  segmenterFamily,
  segformerFamily,
  setrFamily,
  upernetFamily,
  transunetFamily,
  swinUnetFamily,
  fcnFamily,
  semanticFpnFamily,
  deeplabv3plusFamily,
  dinoFamily,
  eomtFamily,
];

/** The family of a name; an unknown one is a RangeError that lists all. */
export function familyOf(name: string): Family {
  const found = families.find((family) => family.name === name);
  if (found) return found;
  throw new RangeError(
    `Cannot find a family: one of ${families.map(({ name }) => name).join(", ")} needed, got ` +
      `"${name}"`,
  );
}

/** A named network with its family. */
export interface NamedVariant extends Variant {
  readonly family: Family;
  architecture(use: VariantUse): Architecture;
}

/** All named networks, by the papers' names. */
export const variants: Readonly<Record<string, NamedVariant>> = Object.fromEntries(
  families.flatMap((family) =>
    Object.entries(family.variants).map(([name, variant]) => {
      const architecture = (use: VariantUse) => ({ family, config: variant.config(use) });
      return [name, { ...variant, family, architecture }];
    })
  ),
);

/** The variant of a name; an unknown one is a RangeError that lists all. */
export function variantOf(name: string): NamedVariant {
  if (Object.hasOwn(variants, name)) return variants[name]!;
  throw new RangeError(
    `Cannot find a variant: one of ${Object.keys(variants).join(", ")} needed, got "${name}"`,
  );
}

/** All published recipes, as FAMILY/DATA. */
export const presets: Readonly<Record<string, Preset>> = Object.fromEntries(
  families.flatMap(({ presets }) => Object.entries(presets)),
);

/** The preset of a name; an unknown one is a RangeError that lists all. */
export function presetOf(name: string): Preset {
  if (Object.hasOwn(presets, name)) return presets[name]!;
  throw new RangeError(
    `Cannot find a preset: one of ${Object.keys(presets).join(", ")} needed, got "${name}"`,
  );
}

/** What a recognised checkpoint holds: a network of a family, or an encoder alone. */
export type Holding =
  | { readonly kind: NetworkKind; readonly family: Family }
  | { readonly kind: CheckpointKind; readonly encoder: Encoder };

/** All kinds of published checkpoints that are recognised, and what each holds. */
export const holdings: readonly Holding[] = [
  ...families.flatMap((family) => family.checkpoints.map((kind) => ({ kind, family }))),
  ...families.flatMap(({ foreign = [], backbone: { encoder } }) =>
    foreign.map((kind) => ({ kind, encoder }))
  ),
  ...new Map(
    families.toReversed().flatMap(({ backbone: { encoder } }) =>
      encoder.checkpoints.map((kind) => [kind, { kind, encoder }])
    ),
  ).values(),
];
