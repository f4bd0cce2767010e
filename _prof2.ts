import { exportOnnx } from "./lib/graph/export.ts";
import { encodeOnnx } from "./lib/onnx/bytes.ts";
import { segmenter } from "./lib/models/segmenter.ts";
import { stepGraph } from "./lib/train/step_graph.ts";
const [size, b, patch, out] = [Number(Deno.args[0]), Number(Deno.args[1]), Number(Deno.args[2]), Deno.args[3]!];
const cfg = { encoder: { imageSize: [size, size] as const, patch, dim: 192, heads: 3, layers: 12, distilled: false, eps: 1e-5, dropout: 0, dropPath: 0.1 },
  decoder: { name: "mask_transformer" as const, layers: 2, dropout: 0, dropPath: 0 }, classes: 11 };
const sc = { batch: b, crop: size, accumulate: 1, optimizer: { name: "adamw", betas: [0.9, 0.999], eps: 1e-8 } as const, group: () => ({ lrScale: 1, weightDecay: 0.01 }), clip: null };
const g = stepGraph((p, x) => segmenter(p, x, cfg), sc);
Deno.writeFileSync(out, encodeOnnx(exportOnnx(g.apply)));
