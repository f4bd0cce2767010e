import { PLAIN_LOSS } from "./lib/nn/losses/options.ts";
import { variants } from "./lib/families/registry.ts";
import { modelOf } from "./lib/families/family.ts";
import { stepGraph } from "./lib/train/step_graph.ts";
import { exportOnnx } from "./lib/graph/export.ts";
import { createHash } from "node:crypto";
import { encodeOnnx } from "./lib/onnx/bytes.ts";
const out: string[] = [];
for (const [name, v] of Object.entries(variants)) {
  for (const lossMean of ["labelled","all"] as const) {
    const crop = v.patch * 4 < 64 ? 64 : v.patch * 4;
    const architecture = v.architecture({ classes: 7, image: crop, dropPath: 0.1, decoderDropout: 0.1 });
    const g = stepGraph(modelOf(architecture), { batch: 2, crop, accumulate: 2, optimizer: { name: "adamw", betas: [0.9, 0.999], eps: 1e-8 }, group: () => ({ lrScale: 1, weightDecay: 0.01 }), clip: 1, loss: { ...PLAIN_LOSS, mean: lossMean } });
    const h = createHash("sha256"); h.update(encodeOnnx(exportOnnx(g.collect))); h.update(encodeOnnx(exportOnnx(g.apply)));
    out.push(`${name} ${lossMean} ${h.digest("hex")}`);
  }
}
console.log(out.join("\n"));
