import { z } from "zod";
import { entropy } from "./cross_entropy.ts";
import { focal, softmaxFocal } from "./focal.ts";
import { lovasz } from "./lovasz.ts";
import { hardExamples } from "./ohem.ts";
import type { LossOptions } from "./options.ts";
import { overlapLoss } from "./overlap.ts";
import type { Pixels } from "./pixels.ts";
import { squaredDice } from "./squared_dice.ts";
import type { LossPart } from "./total.ts";

/** A loss of pixels with its parameters settled. */
export type PixelLoss = (pixels: Pixels, options: LossOptions) => LossPart;

/** A loss by name: what it is, and how what is said of it in parentheses becomes one. */
export interface LossKind {
  readonly what: string;
  /** The names of its parameters. */
  readonly parameters: readonly string[];
  /** Texts by parameter to the loss; what is not given has its default. Throws a ZodError. */
  read(parameters: Readonly<Record<string, string>>): PixelLoss;
}

type Loss<P> = (pixels: Pixels, parameters: P, options: LossOptions) => LossPart;

function kind<S extends z.ZodObject>(what: string, schema: S, loss: Loss<z.infer<S>>): LossKind {
  return {
    what,
    parameters: Object.keys(schema.shape),
    read: (texts) => {
      const parameters = schema.parse(texts);
      return (pixels, options) => loss(pixels, parameters, options);
    },
  };
}

const number = () => z.coerce.number<string>();
const atLeast0 = () => number().min(0);
const share = () => number().min(0).max(1);
/** The same, or the word "none". */
const orNone = (schema: z.ZodType<number, string>) =>
  z.union([z.literal("none").transform(() => null), schema]);
const yes = () => z.stringbool().default(false);

const scored = { smooth: atLeast0().default(0), log: yes() };
const overlap = (alpha: number, beta: number): Loss<{ smooth: number; log: boolean }> => {
  return (pixels, score, options) => {
    return overlapLoss(pixels, { alpha, beta, gamma: 1, ...score }, options);
  };
};

/** All losses by name; a new one is a line here. */
export const lossKinds: Readonly<Record<string, LossKind>> = {
  ce: kind("cross entropy", z.strictObject({}), (pixels, _, options) => entropy(pixels, options)),
  dice: kind("Dice", z.strictObject(scored), overlap(0.5, 0.5)),
  "squared-dice": kind(
    "Dice with squares in the denominator, as medical networks have it",
    z.strictObject({ smooth: number().positive().default(1e-5) }),
    squaredDice,
  ),
  jaccard: kind("soft IoU", z.strictObject(scored), overlap(1, 1)),
  tversky: kind(
    "Tversky; focal Tversky with gamma",
    z.strictObject({
      alpha: atLeast0().default(0.3),
      beta: atLeast0().default(0.7),
      gamma: number().min(1).default(1),
      ...scored,
    }),
    overlapLoss,
  ),
  focal: kind(
    "focal loss, each class against all others",
    z.strictObject({
      gamma: atLeast0().default(2),
      alpha: orNone(share()).default(null),
      reduced: orNone(share()).default(null),
      normalized: yes(),
    }),
    focal,
  ),
  "softmax-focal": kind(
    "focal loss of the softmax",
    z.strictObject({ gamma: atLeast0().default(2) }),
    softmaxFocal,
  ),
  lovasz: kind(
    "Lovász-softmax, which sorts all pixels",
    z.strictObject({ perImage: yes() }),
    lovasz,
  ),
  ohem: kind(
    "cross entropy of the pixels whose class has less than `threshold`, at least a `share` of all",
    z.strictObject({
      threshold: orNone(number().positive().max(1)).default(0.7),
      share: share().default(0.2),
    }),
    hardExamples,
  ),
};
