import type { Architecture, VariantUse } from "./architecture.ts";
import { type BaselineVariant, baselineVariants } from "./baseline_variants.ts";
import { segformerConfig, type SegformerVariant, segformerVariants } from "./segformer/variants.ts";
import { segmenterConfig, type SegmenterVariant, segmenterVariants } from "./segmenter/variants.ts";
import { setrConfig, type SetrVariant, setrVariants } from "./setr/variants.ts";

/** A named network. */
export interface Variant {
  readonly family: Architecture["family"];
  /** The smallest side of an image in pixels: the coarsest stride of the network. */
  readonly patch: number;
  /** Side of the images that it was published for. */
  readonly image: number;
  /** Learnt numbers at that side with ADE20K's 150 classes. */
  readonly parameters: number;
  /** Which pixel statistics the published weights were trained with. */
  readonly normalization: "vit" | "deit";
  readonly architecture: (use: VariantUse) => Architecture;
}

const segmenter = (variant: SegmenterVariant): Variant => ({
  ...variant,
  family: "segmenter",
  architecture: (use) => ({ family: "segmenter", config: segmenterConfig(variant, use) }),
});

const segformer = (variant: SegformerVariant): Variant => ({
  ...variant,
  family: "segformer",
  patch: 32,
  normalization: "deit",
  architecture: (use) => ({ family: "segformer", config: segformerConfig(variant, use) }),
});

const setr = (variant: SetrVariant): Variant => ({
  ...variant,
  family: "setr",
  patch: 16,
  image: 512,
  normalization: "deit",
  architecture: (use) => ({ family: "setr", config: setrConfig(variant, use) }),
});

const baseline = (variant: BaselineVariant): Variant => ({
  ...variant,
  architecture: ({ classes }) => {
    const { family, depth } = variant;
    return { family, config: { depth, classes } };
  },
});

/** All named networks, by the papers' names. */
export const variants: Readonly<Record<string, Variant>> = {
  ...mapped(segmenterVariants, segmenter),
  ...mapped(segformerVariants, segformer),
  ...mapped(setrVariants, setr),
  ...mapped(baselineVariants, baseline),
};

/** The variant of a name; an unknown one is a RangeError that lists all. */
export function variantOf(name: string): Variant {
  if (Object.hasOwn(variants, name)) return variants[name]!;
  throw new RangeError(
    `Cannot find a variant: one of ${Object.keys(variants).join(", ")} needed, got "${name}"`,
  );
}

function mapped<T>(table: Readonly<Record<string, T>>, variant: (entry: T) => Variant) {
  return Object.fromEntries(Object.entries(table).map(([name, entry]) => [name, variant(entry)]));
}
