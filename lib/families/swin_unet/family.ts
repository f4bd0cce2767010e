import { pixelModel } from "../../nn/model.ts";
import { swins } from "../encoders/swin_checkpoints.ts";
import { type Family, namedVariants } from "../family.ts";
import { squareProtocol } from "../protocol.ts";
import { fitSwinUnet, swinUnetKinds } from "./checkpoints.ts";
import { swinUnet, swinUnetAnatomy, type SwinUnetConfig } from "./swin_unet.ts";
import { swinUnetConfig, swinUnetVariants } from "./variants.ts";

/**
 * Swin-Unet (Cao et al. 2021). Its recipe is for Synapse's slices, a data set that Seglab does not
 * have: SGD with momentum 0.9, rate 0.05 with poly 0.9, decay 1e-4, batches of 24, 150 epochs.
 */
export const swinUnetFamily: Family<SwinUnetConfig> = {
  name: "swin_unet",
  model: (config) => pixelModel((p, images) => swinUnet(p, images, config)),
  smallestSide: () => 4, // a patch
  variants: namedVariants(
    swinUnetVariants,
    { patch: 32, image: 224, normalization: "deit" } as const,
    swinUnetConfig,
  ),
  backbone: { encoder: swins, path: "", fit: fitSwinUnet },
  checkpoints: swinUnetKinds,
  presets: {},
  loss: "0.4*ce+0.6*squared-dice",
  testing: {
    sight: (_data, window) => squareProtocol(window),
    scales: () => [1], // windows are for one size
  },
  anatomy: swinUnetAnatomy,
};
