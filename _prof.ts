import { gradients } from "/work/main/lib/graph/gradients.ts";
import { input, scalar, type Tensor } from "/work/main/lib/graph/tensor.ts";
import { segmenter } from "/work/main/lib/models/segmenter.ts";
import { crossEntropy } from "/work/main/lib/nn/losses.ts";
import { Scope } from "/work/main/lib/nn/scope.ts";
import { initialize } from "/work/main/lib/nn/init.ts";
import { Program, value, zerosFor } from "/work/main/lib/runtime/session.ts";
import { stream } from "/work/main/lib/random.ts";

const size = Number(Deno.args[0] ?? 240), b = Number(Deno.args[1] ?? 8), classes = Number(Deno.args[2] ?? 11);
const what = Deno.args[3] ?? "grad";
const cfg = { encoder: { imageSize: [size, size] as const, patch: 16, dim: 192, heads: 3, layers: 12, distilled: false, eps: 1e-5, dropout: 0, dropPath: 0.0 },
  decoder: { name: "mask_transformer" as const, layers: 2, dropout: 0, dropPath: 0 }, classes };
const x = input("images", [b, 3, size, size]);
const y = input("labels", [b, size, size], "uint8");
const net = Scope.build(what !== "infer", (p) => segmenter(p, x, cfg));
const weights = initialize(net.parameters, 1);
const img = new Float32Array(b*3*size*size); { const r = stream("x", 1); for (let i=0;i<img.length;i++) img[i]=r.uniform()*2-1; }
const lab = new Uint8Array(b*size*size); for (let i=0;i<lab.length;i++) lab[i]=Math.floor(i/37)%classes;
let outs: Record<string, Tensor>; 
const feeds: Record<string, any> = { images: value(img, x.shape) };
if (what === "infer") outs = { logits: net.outputs };
else {
  feeds.labels = value(lab, y.shape);
  const loss = crossEntropy(net.outputs, y);
  const names = [...net.parameters.keys()].filter(n => !n.startsWith("encoder.head"));
  const ps = names.map(n => net.parameters.get(n)!.tensor);
  if (what === "loss") outs = { loss };
  else { const g = gradients(loss, ps); outs = { loss, ...Object.fromEntries(names.map((n,i)=>["g/"+n, g[i]!])) }; }
  for (const n of names) feeds[n] = value(weights.get(n)!.data, weights.get(n)!.shape);
}
const profile = Deno.env.get("PROF");
const prog = await Program.compile(outs, { threads: 2, ...(what==="infer"?{weights}:{}), ...(profile ? { profile: "/tmp/ortprof" } : {}) });
const fetches: Record<string, any> = {};
for (const [k, t] of Object.entries(outs)) fetches[k] = zerosFor(t);
const times: number[] = [];
const N = Number(Deno.env.get("N") ?? 12);
for (let i = 0; i < N; i++) { const t = performance.now(); const r = await prog.run(feeds, fetches); times.push(performance.now() - t); if (i==0 && r.loss) console.log("loss", (r.loss.data as any)[0]); }
const sorted = times.slice(3).sort((a,b)=>a-b);
console.log("min", sorted[0]!.toFixed(1), "median", sorted[sorted.length>>1]!.toFixed(1), "rss MB", (Deno.memoryUsage().rss/1e6).toFixed(0));
if (profile) (prog as any).session.handler?.["#inferenceSession"];
if (profile) { (prog as any).session.endProfiling(); }
