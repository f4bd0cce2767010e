import { z } from "zod";
import { type Colour, colourSchema } from "../images/image.ts";

/** Names and colours of classes as a checkpoint has them. */
export interface WrittenClasses {
  readonly names?: readonly string[] | undefined;
  readonly palette?: readonly Colour[] | undefined;
}

const names = z.array(z.string()).nullish();
const colours = z.array(colourSchema).nullish();
const metaSchema = z.object({
  CLASSES: names,
  PALETTE: colours,
  dataset_meta: z.object({ classes: names, palette: colours }).nullish(),
});

/** Names and colours as mmcv writes them; mmengine's place for them is `dataset_meta`. */
export function mmcvClasses(meta: unknown): WrittenClasses {
  const parsed = metaSchema.safeParse(meta);
  if (!parsed.success) return {};
  const { CLASSES, PALETTE, dataset_meta: later } = parsed.data;
  return {
    names: CLASSES ?? later?.classes ?? undefined,
    palette: PALETTE ?? later?.palette ?? undefined,
  };
}
