import { pixelModel } from "../../nn/model.ts";
import { type Family, namedVariants } from "../family.ts";
import { squareProtocol } from "../protocol.ts";
import { fitTransunet, hybridVits, transunetKinds } from "./checkpoints.ts";
import { transunet, transunetAnatomy, type TransunetConfig } from "./transunet.ts";
import { transunetConfig, transunetVariants } from "./variants.ts";

/**
 * TransUNet (Chen et al. 2021). Its recipe is for Synapse's slices, a data set that Seglab does not
 * have: SGD with momentum 0.9, rate 0.01 with poly 0.9, decay 1e-4, batches of 24, 150 epochs.
 */
export const transunetFamily: Family<TransunetConfig> = {
  name: "transunet",
  model: (config) => pixelModel((p, images) => transunet(p, images, config)),
  smallestSide: () => 16, // a patch of the transformer
  variants: namedVariants(
    transunetVariants,
    { patch: 16, image: 224, normalization: "vit" } as const,
    transunetConfig,
  ),
  backbone: { encoder: hybridVits, path: "transformer.", fit: fitTransunet },
  checkpoints: transunetKinds,
  presets: {},
  loss: "0.5*ce+0.5*squared-dice",
  testing: {
    sight: (_data, window) => squareProtocol(window),
    scales: () => [1], // the table of positions is for one size
  },
  classBias: () => "segmentation_head.0.bias",
  anatomy: transunetAnatomy,
};
