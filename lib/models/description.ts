import { z } from "zod";
import { misfit } from "../misfit.ts";
import { excerpt } from "../words.ts";
import type { NDArray } from "../array.ts";
import { OWN_NETWORK } from "../families/own.ts";
import { type ClassKey, colourSchema } from "../images/image.ts";
import { savedConfig, type TrainConfig, trainConfigSchema } from "../train/config.ts";

/** A trained network: what it is, what its classes are called and drawn with, and its weights. */
export interface TrainedModel extends ClassKey {
  /** Whether each class is of things or of stuff, where it tells objects apart. */
  readonly things?: readonly boolean[] | undefined;
  /**
   * All that decided what the training computed.
   *
   * @internal
   */
  readonly config: TrainConfig;
  /** All parameters and buffers by name. */
  readonly weights: ReadonlyMap<string, NDArray>;
}

/** What a model file says beside its weights. */
const descriptionSchema = z.object({
  config: trainConfigSchema,
  classes: z.array(z.string()),
  palette: z.array(colourSchema),
  things: z.array(z.boolean()).optional(),
});

/** What the text beside the weights says; what is none of this version is a TypeError. */
export function parseDescription(text: string): z.infer<typeof descriptionSchema> {
  const fail = (got: string) => new TypeError(`a description of this version needed, got ${got}`);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw fail(excerpt((error as Error).message, 200));
  }
  const parsed = descriptionSchema.safeParse(json);
  if (!parsed.success) throw fail(misfit(parsed.error));
  return parsed.data;
}

/** The metadata that a model's file has beside its weights; `path` is for errors. */
export function descriptionOf(
  { config, classes, palette, things }: Omit<TrainedModel, "weights">,
  path: string,
): Readonly<Record<string, string>> {
  if (config.variant === OWN_NETWORK) {
    throw new TypeError(
      `Cannot write ${path}: a published network needed, which is found again by its name, got one ` +
        `of your own; exportModel writes it as ONNX`,
    );
  }
  const description = { config: savedConfig(config), classes, palette, ...things && { things } };
  return { seglab: JSON.stringify(description) };
}
