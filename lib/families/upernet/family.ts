import { pixelModel } from "../../nn/model.ts";
import { swinAnatomy } from "../encoders/swin.ts";
import { swins } from "../encoders/swin_checkpoints.ts";
import { type Family, namedVariants } from "../family.ts";
import { upernetKinds } from "./checkpoints.ts";
import { publishUpernet } from "./publish.ts";
import { UPERNET_PARAMWISE, upernetPresets, upernetTesting } from "./recipes.ts";
import { upernet, type UpernetConfig } from "./upernet.ts";
import { upernetConfig, upernetVariants } from "./variants.ts";

/** UPerNet (Xiao et al. 2018) on Swin Transformers (Liu et al. 2021). */
export const upernetFamily: Family<UpernetConfig> = {
  name: "upernet",
  model: (config) => pixelModel((p, images) => upernet(p, images, config)),
  smallestSide: () => 4, // a patch
  variants: namedVariants(
    upernetVariants,
    { patch: 32, image: 512, normalization: "deit" } as const,
    upernetConfig,
  ),
  backbone: { encoder: swins, path: "backbone." },
  checkpoints: upernetKinds,
  presets: upernetPresets,
  fineTuning: { lr: 6e-5, paramwise: UPERNET_PARAMWISE },
  testing: upernetTesting,
  publishing: { reader: "transformers", publish: publishUpernet },
  classBias: () => "decode_head.conv_seg.bias",
  anatomy: ({ encoder }) => swinAnatomy("backbone.", encoder),
};
