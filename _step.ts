import { segmenter } from "./lib/models/segmenter.ts";
import { initialize } from "./lib/nn/init.ts";
import { TrainStep } from "./lib/train/step.ts";
import { stepGraph } from "./lib/train/step_graph.ts";
const size = Number(Deno.args[0] ?? 240), b = Number(Deno.args[1] ?? 8), classes = 11, patch = Number(Deno.args[2] ?? 16);
const cfg = { encoder: { imageSize: [size, size] as const, patch, dim: 192, heads: 3, layers: 12, distilled: false, eps: 1e-5, dropout: 0, dropPath: 0.1 },
  decoder: { name: "mask_transformer" as const, layers: 2, dropout: 0, dropPath: 0 }, classes };
const sc = { batch: b, crop: size, accumulate: 1, optimizer: { name: "adamw", betas: [0.9, 0.999], eps: 1e-8 } as const, group: () => ({ lrScale: 1, weightDecay: 0.01 }), clip: null, threads: 2, seed: 1 };
const g = stepGraph((p, x) => segmenter(p, x, cfg), sc);
const s = await TrainStep.compile(g, sc, initialize(g.net.parameters, 1));
const images = { shape: [b,3,size,size], data: Float32Array.from({length: b*3*size*size}, (_, i) => ((i*7919+13)%1000)/500-1) };
const labels = { shape: [b,size,size], data: Uint8Array.from({length: b*size*size}, (_, i) => Math.floor(i/37)%classes) };
const ts: number[] = [];
for (let i = 0; i < 24; i++) { const t = performance.now(); const r = await s.run([{ step: i, images, labels }], i, 2e-4); ts.push(performance.now()-t); if (i<3||i==11) console.log(i, r); }
const o = ts.slice(3).sort((a,b)=>a-b); console.log("min", o[0], "median", o[o.length>>1], "rss", Deno.memoryUsage().rss/1e6);
