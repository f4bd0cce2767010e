import { dinoAnatomy } from "../encoders/dino.ts";
import { requireWhole } from "../encoders/differences.ts";
import { dinos, fitDino } from "../encoders/dino_checkpoints.ts";
import { vits } from "../encoders/vit_checkpoints.ts";
import { type Encoder, type Family, namedVariants } from "../family.ts";
import { eomtKinds } from "./checkpoints.ts";
import { ALL, type EomtConfig } from "./eomt.ts";
import { eomtModel } from "./model.ts";
import { publishEomt } from "./publish.ts";
import { eomtTesting } from "./testing.ts";
import { eomtConfig, eomtVariants } from "./variants.ts";

const PATH = "encoder.backbone.";

/** All that EoMT's encoder can begin with: it is a plain ViT. */
const plainVits: Encoder = {
  title: "a ViT, DINOv2 or DINOv3",
  checkpoints: [...vits.checkpoints, ...dinos.checkpoints],
};

/** EoMT, the Encoder-only Mask Transformer (Kerssies et al. 2025). */
export const eomtFamily: Family<EomtConfig> = {
  name: "eomt",
  model: eomtModel,
  smallestSide: ({ encoder }) => encoder.patch,
  variants: namedVariants(
    eomtVariants,
    { patch: 16, image: 640, normalization: "imagenet" } as const,
    eomtConfig,
  ),
  backbone: {
    encoder: plainVits,
    path: PATH,
    // Kernels for DINOv2's patches of 14 pixels are always made fit, as timm does it.
    fit: (tensors, { encoder }, _, patches) => {
      requireWhole(tensors, PATH);
      fitDino(tensors, PATH, encoder, patches === "none" ? "pseudo-inverse" : patches);
    },
  },
  queries: (config) => ({
    task: config.task,
    side: config.encoder.imageSize[0],
    objects: Math.min(config.queries, config.objects),
    held: eomtModel(config, ALL),
    stages: [...Array.from({ length: config.blocks }, (_, i) => `before${i}.`), ""]
      .map((stage) => ({ classes: `${stage}classes`, masks: `${stage}masks` })),
  }),
  checkpoints: eomtKinds,
  presets: {},
  testing: eomtTesting,
  publishing: { reader: "transformers", publish: publishEomt },
  anatomy: ({ encoder, queries, blocks }) => dinoAnatomy(PATH, encoder, { queries, blocks }),
};
