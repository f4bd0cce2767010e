import { type Architecture, declaredBy } from "../../lib/families/family.ts";
import { normalizations } from "../../lib/families/recipe.ts";
import { variantOf } from "../../lib/families/registry.ts";
import type { SegmenterConfig } from "../../lib/families/segmenter/segmenter.ts";
import { publishedProtocol } from "../../lib/inference/chosen_protocol.ts";
import { NetworkPredictor } from "../../lib/inference/predictor.ts";
import { initialize } from "../../lib/nn/init.ts";
import type { Sides } from "./made_data.ts";

/** An evaluation whose memory is watched; files have CamVid's layout and 11 classes. */
export interface MemoryCase {
  readonly label: string;
  /** The sides of the files that are made; an evaluation meets each of them many times. */
  readonly files: readonly Sides[];
  predictor(threads: number): NetworkPredictor;
}

const CLASSES = 11;
const WINDOW = 512;

const use = { classes: CLASSES, image: WINDOW, dropPath: 0, decoderDropout: 0 };

/** Of its real size: a session that comes and goes takes its weights along. */
const b0 = variantOf("SegFormer-B0").architecture(use);

/** A Segmenter of a few milliseconds: nothing but its windows matters here. */
const tiny = tinyOf(variantOf("Seg-T/16").architecture(use));

function tinyOf({ family, config }: Architecture): Architecture {
  const { encoder, ...rest } = config as SegmenterConfig;
  const smaller: SegmenterConfig = {
    ...rest,
    encoder: { ...encoder, dim: 64, heads: 1, layers: 1 },
  };
  return { family, config: smaller };
}

const SIDES = Array.from({ length: 9 }, (_, i) => 128 + 32 * i);

/** One session for all images, and one for each of more sizes than are kept. */
export const memoryCases: Readonly<Record<string, MemoryCase>> = {
  windows: {
    label: `windows of ${WINDOW} on images of 683×512`,
    files: Array.from({ length: 20 }, () => ({ width: 683, height: 512 })),
    predictor: (threads) => predictorOf(tiny, threads),
  },
  whole: {
    label: `whole images of ${SIDES.length ** 2} sizes, 128² to 384² (SegFormer-B0)`,
    files: SIDES.flatMap((width) => SIDES.map((height) => ({ width, height }))),
    predictor: (threads) => predictorOf(b0, threads),
  },
};

function predictorOf(architecture: Architecture, threads: number): NetworkPredictor {
  const { family, config } = architecture;
  return new NetworkPredictor({
    architecture,
    weights: initialize(declaredBy(architecture, WINDOW).parameters, 0),
    normalization: normalizations.imagenet,
    protocol: publishedProtocol(family, "camvid", config, { window: WINDOW }),
    threads,
  });
}
