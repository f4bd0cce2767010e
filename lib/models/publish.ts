import { inputChannels, type Published } from "../families/family.ts";
import { families } from "../families/registry.ts";
import { kindInWords } from "../images/image.ts";
import type { OpenedModel } from "./open.ts";

/** A network with what the files of another project say about it. */
export type PublishableModel = Omit<OpenedModel, "kind" | "report" | "assumed" | "reading">;

/**
 * A network as the code that its family's checkpoints are published for reads it: a SegFormer for
 * transformers, a Segmenter for the official code. Of a family without such code it is a TypeError.
 */
export function publish({ architecture, ...model }: PublishableModel): Published {
  const { family, config } = architecture;
  const channels = inputChannels(architecture);
  if (channels !== 3) {
    throw new TypeError(
      `Cannot publish a ${family.name} for other code: a network of RGB images needed, got one of ` +
        `${kindInWords(channels, true)}; every network can be exported as ONNX`,
    );
  }
  if (family.publishing) return family.publishing.publish({ ...model, config });
  const known = families.flatMap(({ name, publishing }) =>
    publishing ? `a ${name} (for ${publishing.reader})` : []
  );
  throw new TypeError(
    `Cannot publish a ${family.name} for other code: ${known.join(" or ")} needed; every network ` +
      `can be exported as ONNX`,
  );
}
