import { NetworkPredictor } from "../../lib/inference/predictor.ts";
import { type Family, publishedProtocol } from "../../lib/families/published_protocols.ts";
import { type Architecture, declaredBy } from "../../lib/families/architecture.ts";
import { SEGMENTER_EPS } from "../../lib/families/segmenter/segmenter.ts";
import { variantOf } from "../../lib/families/variants.ts";
import { initialize } from "../../lib/nn/init.ts";
import { normalizationOf } from "../../lib/train/config.ts";
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

/** A Segmenter of a few milliseconds: nothing but its windows matters here. */
const tiny: Architecture = {
  family: "segmenter",
  config: {
    encoder: {
      patch: 16,
      dim: 64,
      heads: 1,
      layers: 1,
      distilled: false,
      eps: SEGMENTER_EPS,
      imageSize: [WINDOW, WINDOW],
      dropout: 0,
      dropPath: 0,
    },
    decoder: { name: "linear" },
    classes: CLASSES,
  },
};

/** Of its real size: a session that comes and goes takes its weights along. */
const b0 = variantOf("SegFormer-B0").architecture({
  classes: CLASSES,
  image: WINDOW,
  dropPath: 0,
  decoderDropout: 0,
});

const SIDES = Array.from({ length: 9 }, (_, i) => 128 + 32 * i);

/** One session for all images, and one for each of more sizes than are kept. */
export const memoryCases: Readonly<Record<string, MemoryCase>> = {
  windows: {
    label: `windows of ${WINDOW} on images of 683×512`,
    files: Array.from({ length: 20 }, () => ({ width: 683, height: 512 })),
    predictor: (threads) => predictorOf("segmenter", tiny, threads),
  },
  whole: {
    label: `whole images of ${SIDES.length ** 2} sizes, 128² to 384² (SegFormer-B0)`,
    files: SIDES.flatMap((width) => SIDES.map((height) => ({ width, height }))),
    predictor: (threads) => predictorOf("segformer", b0, threads),
  },
};

function predictorOf(
  family: Family,
  architecture: Architecture,
  threads: number,
): NetworkPredictor {
  return new NetworkPredictor({
    architecture,
    weights: initialize(declaredBy(architecture, WINDOW).parameters, 0),
    normalization: normalizationOf({ normalization: "imagenet" }),
    protocol: publishedProtocol(family, "camvid", {
      window: WINDOW,
      multiScale: false,
      flip: false,
    }),
    threads,
  });
}
