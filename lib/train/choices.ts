/** What may be chosen of a training, value by value. */
import { z } from "zod";
import { parseLoss } from "../nn/losses/parse.ts";

/** A loss as `parseLoss` reads it. */
export const lossSchema = z.string().transform((text, context) => {
  try {
    parseLoss(text);
  } catch (error) {
    context.addIssue({ code: "custom", message: (error as Error).message });
  }
  return text.replaceAll(/\s/g, "");
});

/** A weight for each class, in their order. */
export const classWeightsSchema = z.array(z.number().min(0)).readonly()
  .refine((weights) => weights.some((weight) => weight > 0), { error: "needs a weight above 0" });

/** What is frozen of a network. */
export const freezeSchema = z.union([z.literal("encoder"), z.int().min(0)]);

/** What the rate of a layer is multiplied by from the next one's. */
export const layerDecaySchema = z.number().positive().max(1);

/** How the learning rate falls. */
export const scheduleSchema = z.enum(["poly", "cosine", "constant", "two-stage"]);

/** How examples are drawn. */
export const sampleSchema = z.enum(["shuffled", "balanced"]);

/** What a network learns to say of a picture. */
export const taskSchema = z.enum(["semantic", "instance", "panoptic"]);

/** The share of the truth that is spread over all classes. */
export const labelSmoothingSchema = z.number().min(0).lt(1);
