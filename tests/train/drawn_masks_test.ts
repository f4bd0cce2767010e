import { assert, assertEquals } from "@std/assert";
import { input } from "../../lib/graph/tensor.ts";
import { drawnKeys, type DrawnMask, drawnMask, keysName } from "../../lib/train/drawn_masks.ts";
import { runGraph } from "../run_graph.ts";

const KEEP = 0.9;

function maskOf(shape: readonly number[], keep = KEEP): DrawnMask {
  return drawnMask("mask", { tensor: input("mask", shape), keep });
}

async function drawn(mask: DrawnMask, step: number, seed = 1): Promise<Float32Array> {
  const keys = drawnKeys("mask", mask, seed, step, 0);
  return (await runGraph({ mask: mask.mask }, { [keysName("mask")]: keys })).mask.data;
}

/** The covariance of whether elements are kept, as many standard deviations from 0 as it has by chance. */
function tie(a: Float32Array, b: Float32Array): number {
  const kept = a.reduce((sum, x, i) => sum + (+(x > 0) - KEEP) * (+(b[i]! > 0) - KEEP), 0);
  return Math.abs(kept) / (Math.sqrt(a.length) * KEEP * (1 - KEEP));
}

Deno.test("drawnMask() keeps the share that it should, with their mean at 1", async () => {
  for (const keep of [0.5, 0.9]) {
    const data = await drawn(maskOf([3, 401, 257], keep), 0);
    const kept = data.filter((x) => x > 0);
    assertEquals([...new Set(kept)], [Math.fround(2048 / Math.round(2048 * keep))]);
    const deviation = Math.sqrt(keep * (1 - keep) / data.length);
    assert(Math.abs(kept.length / data.length - keep) < 4 * deviation + 1 / 4096);
    const mean = data.reduce((sum, x) => sum + x, 0) / data.length;
    assert(Math.abs(mean - 1) < 4 * deviation / keep, `${mean}`);
  }
});

Deno.test("drawnMask() ties no element to another, nor a step to the next", async () => {
  const mask = maskOf([600_000]);
  const [first, second] = [await drawn(mask, 0), await drawn(mask, 1)];
  const other = await drawn(mask, 0, 2);
  assert(tie(first, second) < 4);
  assert(tie(first, other) < 4);
  for (const lag of [1, 2, 3, 7, 64, 2047, 2048, 2049, 4096, 300_000]) {
    const sigmas = tie(first.subarray(lag), first.subarray(0, -lag));
    assert(sigmas < 4, `${lag} apart: ${sigmas}`);
  }
});

Deno.test("drawnMask() draws the same again, and has any number of elements", async () => {
  for (const shape of [[1], [5, 3], [4097], [2, 8195]]) {
    const mask = maskOf(shape);
    const first = await drawn(mask, 3);
    assertEquals(first.length, shape.reduce((a, b) => a * b, 1));
    assertEquals(first, await drawn(mask, 3));
  }
});
