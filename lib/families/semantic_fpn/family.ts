import { baseline } from "../resnet_baselines.ts";
import { semanticFpn } from "./semantic_fpn.ts";

/** Semantic FPN (Kirillov et al. 2019), as PVT compares with it: 28.5M parameters on R50, 47.5M on R101. */
export const semanticFpnFamily = baseline("semantic_fpn", 32, {
  "SemanticFPN-R18": { depth: 18, parameters: 15_426_774 },
  "SemanticFPN-R50": { depth: 50, parameters: 28_495_574 },
  "SemanticFPN-R101": { depth: 101, parameters: 47_487_702 },
}, semanticFpn);
