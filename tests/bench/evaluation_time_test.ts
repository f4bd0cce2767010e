import { assert, assertEquals } from "@std/assert";
import { timeEvaluation } from "../../experiments/bench/evaluation_time.ts";
import { panoramas } from "../../experiments/bench/made_data.ts";
import { throughputRow } from "../../experiments/bench/throughput.ts";
import type { Image } from "../../lib/images/image.ts";
import type { Prediction } from "../../lib/inference/predictor.ts";

/** Says that each image takes the network 3 ms and the rest 1 ms, and spends at least 6. */
class Slow {
  readonly classes = 10;
  seconds = { network: 7, upsampling: 9 };

  predict({ width, height }: Image): Promise<Prediction> {
    const until = performance.now() + 6;
    while (performance.now() < until);
    this.seconds = {
      network: this.seconds.network + 0.003,
      upsampling: this.seconds.upsampling + 0.001,
    };
    const labels = { width, height, data: new Uint8Array(width * height) };
    return Promise.resolve({ labels, confidence: new Float32Array(width * height) });
  }
}

Deno.test("timeEvaluation() splits all of the time", async () => {
  const started = performance.now();
  const time = await timeEvaluation(new Slow(), panoramas({ width: 24, height: 16 }, 3));
  const all = (performance.now() - started) / 1000;
  assertEquals(time.images, 3);
  assert(Math.abs(time.network - 0.009) < 1e-9 && Math.abs(time.upsampling - 0.003) < 1e-9);
  assert(time.windows >= 0.006 - 1e-9, "what predict() takes beside the network's seconds");
  assert(time.decoding > 0 && time.scoring > 0);
  const { images: _, ...parts } = time;
  const sum = Object.values(parts).reduce((a, b) => a + b);
  assert(sum > 0.018 && sum <= all, `${sum} of ${all}`);
});

Deno.test("throughputRow() gives shares of all of the time", () => {
  const seconds = { network: 6, upsampling: 2, windows: 0.5, decoding: 0.25, scoring: 1.25 };
  assertEquals(throughputRow("frames", { images: 40, ...seconds }), {
    case: "frames",
    "images/s": "4.00",
    "ms an image": "250",
    "network to full size": "80.0 %",
    network: "60.0 %",
    upsampling: "20.0 %",
    "cutting and copying": "5.0 %",
    "waiting for decoding": "2.5 %",
    scoring: "12.5 %",
  });
});
