import { baseline } from "../resnet_baselines.ts";
import { deeplabv3plus } from "./deeplabv3plus.ts";

/**
 * DeepLabv3+ (Chen et al. 2018), as SegFormer compares with it: 62.7M parameters on R101. That on
 * ResNet-18 has mmseg's narrower heads.
 */
export const deeplabv3plusFamily = baseline("deeplabv3plus", 8, {
  "DeepLabv3+-R18": { depth: 18, parameters: 12_317_810 },
  "DeepLabv3+-R50": { depth: 50, parameters: 41_273_158 },
  "DeepLabv3+-R101": { depth: 101, parameters: 60_265_286 },
}, deeplabv3plus);
