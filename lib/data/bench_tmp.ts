import { augment } from "./augment.ts";
import { stream } from "../random.ts";
import { camvid } from "./camvid.ts";
const d = await camvid("/work/shared/data/camvid", "train");
const t0 = performance.now();
const ex = [];
for (let i = 0; i < 16; i++) ex.push(await d.example(i));
console.log("decode", (performance.now() - t0) / 16);
for (const colour of ["none", "brightness-contrast", "photometric"] as const) {
  for (let r = 0; r < 3; r++) {
    const t = performance.now();
    for (let k = 0; k < 64; k++) {
      augment(ex[k % 16]!, {
        crop: 240,
        scale: [.5, 2],
        flip: true,
        colour,
        normalization: { mean: [123.67, 116.28, 103.53], std: [58.4, 57.12, 57.38] },
        maxClassShare: .75,
      }, stream(`a/${k}`, 1));
    }
    console.log(colour, (performance.now() - t) / 64);
  }
}
