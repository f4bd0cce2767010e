import { z } from "zod";
import { type Architecture, inputChannels, modelOf } from "../families/family.ts";
import { OWN_NETWORK } from "../families/own.ts";
import { protocolSchema } from "../families/protocol_schema.ts";
import type { Protocol } from "../families/protocol.ts";
import { softmax } from "../graph/ops/normalize.ts";
import { type Colour, colourSchema } from "../images/image.ts";
import type { Normalization } from "../images/normalise.ts";
import type { Reading } from "../images/reading.ts";
import { misfit } from "../misfit.ts";

const pixels = z.int().min(1);
const size = z.tuple([pixels, pixels]);

const selfSchema = z.object({
  kind: z.string(),
  /** Whose scores become probabilities in a way of its own; null where by softmax. */
  family: z.object({ name: z.string(), config: z.looseObject({ classes: z.int() }) }).nullable(),
  smallest: pixels,
  protocol: protocolSchema,
  stride: pixels,
  channels: z.int().min(1),
  reading: z.object({
    exif: z.enum(["apply", "ignore"]).exactOptional(),
    channels: z.int().min(1).exactOptional(),
  }),
  assumed: z.array(z.string()),
  int8: z.boolean(),
  scores: z.object({ name: z.string(), channels: z.int().min(1), cells: size, covered: size }),
});

/** What an exported file says of itself, so that it opens as a model again. */
export type OnnxSelf = z.infer<typeof selfSchema>;

/** What the file's metadata holds under its own names. */
export interface OnnxTexts {
  readonly self: OnnxSelf;
  readonly classes: readonly string[];
  readonly palette: readonly Colour[];
  readonly normalization: Normalization;
}

/** A model that is exported, as far as its file has to say it. */
interface Exported {
  readonly kind: string;
  readonly architecture: Architecture;
  readonly stride: number;
  readonly reading: Reading;
  readonly assumed: readonly string[];
}

/**
 * The metadata `seglab` of an exported file; null where it could not be opened again, since its scores become
 * probabilities in a way that only the program knows that made it.
 */
export function selfText(
  { kind, architecture, stride, reading: { exif, channels }, assumed }: Exported,
  protocol: Protocol,
  int8: boolean,
  scores: OnnxSelf["scores"],
): string | null {
  const { family, config } = architecture;
  const isUsual = modelOf(architecture).probabilities === softmax;
  if (!isUsual && family.name === OWN_NETWORK) return null;
  const own = protocol.windows?.stride;
  const self: OnnxSelf = {
    kind,
    family: isUsual ? null : { name: family.name, config: { ...config } },
    smallest: family.smallestSide(config),
    protocol,
    stride: typeof own === "number" ? own : stride,
    channels: inputChannels(architecture),
    reading: { ...exif && { exif }, ...channels !== undefined && { channels } },
    assumed: [...assumed],
    int8,
    scores,
  };
  return JSON.stringify(self);
}

/** What metadata says; what no version of Seglab wrote that could open it is a TypeError. */
export function parsedTexts(
  metadata: Readonly<Record<string, string>>,
  producer: string,
): OnnxTexts {
  const { seglab } = metadata;
  if (seglab === undefined) {
    const own = producer === "seglab"
      ? "one of Seglab without its description: an earlier version wrote it, or its scores become " +
        "probabilities in a way of their own; export the checkpoint again"
      : `one of ${JSON.stringify(producer || "nobody")}`;
    throw new TypeError(
      `an ONNX file that Seglab exported needed, which says in its metadata how to use it, got ${own}`,
    );
  }
  const texts = z.object({
    self: selfSchema,
    classes: z.array(z.string()).min(1),
    palette: z.array(colourSchema),
    normalization: z.object({ mean: z.array(z.number()), std: z.array(z.number()) }),
  }).safeParse({
    self: json(seglab),
    classes: json(metadata.classes),
    palette: json(metadata.palette),
    normalization: { mean: json(metadata.mean), std: json(metadata.std) },
  });
  if (texts.success) return texts.data as OnnxTexts;
  throw new TypeError(`metadata of this version needed, got ${misfit(texts.error)}`);
}

function json(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? "null");
  } catch {
    return undefined;
  }
}
