import { baseline } from "../resnet_baselines.ts";
import { fcn } from "./fcn.ts";

/**
 * FCN (Long et al. 2015), as SegFormer compares with it: FCN-R101 with 68.6M parameters. That on
 * ResNet-18 has mmseg's narrower heads.
 */
export const fcnFamily = baseline("fcn", 8, {
  "FCN-R18": { depth: 18, parameters: 12_671_190 },
  "FCN-R50": { depth: 50, parameters: 47_181_014 },
  "FCN-R101": { depth: 101, parameters: 66_173_142 },
}, fcn);
