import { z } from "zod";

const probability = z.number().min(0).max(1);

/** What `augment` does to examples besides resize, crop, mirror image and colour; null is never. */
const shape = {
  /** Turns by an angle of up to so many degrees to either side; what leaves the picture is ignored. */
  rotate: z.strictObject({ degrees: z.number().positive().max(180), p: probability }).nullable()
    .default(null),
  /** Mirrors top and bottom with probability one half. */
  verticalFlip: z.boolean().default(false),
  /** Turns by 0, 90, 180 or 270 degrees. */
  quarterTurns: z.boolean().default(false),
  /** Gaussian blur of up to so many pixels' standard deviation. */
  blur: z.strictObject({ sigma: z.number().positive().max(20), p: probability }).nullable()
    .default(null),
  /** Gaussian noise of up to such a standard deviation, of 255. */
  noise: z.strictObject({ deviation: z.number().positive().max(255), p: probability }).nullable()
    .default(null),
  /** The probability that colours become grey. */
  grey: probability.default(0),
  /**
   * A rectangle of up to such a share of the crop in the mean colour; its labels stay, to be told by what
   * is around it (as in mmsegmentation's RandomCutOut).
   */
  cutOut: z.strictObject({ share: z.number().positive().max(1), p: probability }).nullable()
    .default(null),
  /** The probability that a rectangle of another crop replaces this one's (CutMix, Yun et al. 2019). */
  cutMix: probability.default(0),
};

/** Classes whose pixels are copied from another crop into this one (Ghiasi et al. 2021), by name. */
const pasted = <T extends z.ZodType>(classes: T) =>
  z.strictObject({ classes, p: probability }).nullable().default(null);

const names = z.array(z.string().min(1)).min(1).readonly();

/** As a training keeps them: what is pasted are the names of classes. */
export const extrasSchema = z.strictObject({ ...shape, copyPaste: pasted(names) }).readonly();

/** What is done to examples besides the published pipeline. */
export type Extras = z.infer<typeof extrasSchema>;

/** As they are chosen: "rare" classes are found out. */
export const chosenExtrasSchema = z.strictObject({
  ...shape,
  copyPaste: pasted(z.union([z.literal("rare"), names])),
}).readonly();

/** Extras as they are chosen. */
export type ChosenExtras = z.infer<typeof chosenExtrasSchema>;
