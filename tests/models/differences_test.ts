import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { join } from "node:path";
import type { NDArray } from "../../lib/array.ts";
import { toPublished } from "../../lib/checkpoints/name_rules.ts";
import { writeSafetensors } from "../../lib/checkpoints/safetensors.ts";
import { hubDinov3 } from "../../lib/families/encoders/dino_checkpoints.ts";
import { areDifferences } from "../../lib/families/encoders/differences.ts";
import { officialEomtDinov3 } from "../../lib/families/eomt/checkpoints.ts";
import { openDifferences } from "../../lib/models/differences.ts";
import { openModel } from "../../lib/models/open.ts";
import { pretrainedFor } from "../../lib/models/pretrained.ts";
import { untrainedModel } from "../../lib/models/untrained.ts";
import { withFolder } from "../data/fixtures.ts";
import { assertSame } from "../same.ts";

const PATH = "encoder.backbone.";
const key = { classes: ["a", "b", "c"], palette: [[0, 0, 0], [9, 9, 9], [99, 99, 99]] } as const;

function network(seed: number, dim = 64) {
  const encoder = { dim, heads: dim / 64, layers: 3, hidden: 128 };
  const network = { queries: 5, encoder };
  return untrainedModel("EoMT-S-DINOv3/16", key, { window: 64, seed, network });
}

const whole = network(1);
const before = network(2).weights;

/** The encoder's values moved by `other`'s, those of the rest as they are. */
function moved(weights: ReadonlyMap<string, NDArray>, sign: number): Map<string, NDArray> {
  return new Map([...weights].map(([name, { shape, data }]) => {
    if (!name.startsWith(PATH)) return [name, { shape, data }];
    const other = before.get(name)!.data;
    return [name, { shape, data: data.map((value, i) => Math.fround(value + sign * other[i]!)) }];
  }));
}

/** Writes the differences, and the encoder that they are to. */
async function written(dir: string, encoder = before) {
  const [path, base] = [join(dir, "eomt.safetensors"), join(dir, "dinov3.safetensors")];
  const { tensors } = toPublished(officialEomtDinov3, moved(whole.weights, -1));
  const below = new Map([...tensors].map(([name, tensor]) => [`network.${name}`, tensor]));
  await writeSafetensors(path, below);
  const own = [...encoder].filter(([name]) => name.startsWith(PATH))
    .map(([name, tensor]) => [name.slice(PATH.length), tensor] as const);
  await writeSafetensors(base, toPublished(hubDinov3("layer.", false), new Map(own)).tensors);
  return { path, base };
}

Deno.test("openDifferences() adds the base's weights to those of the encoder alone", () =>
  withFolder(async (dir) => {
    const { path, base } = await written(dir);
    const { weights } = await openDifferences(path, base);
    assertEquals([...weights.keys()].sort(), [...whole.weights.keys()].sort());
    for (const [name, { data }] of weights) {
      const expected = whole.weights.get(name)!.data;
      // What was subtracted is added again: within a rounding of the larger of the two.
      if (name.startsWith(PATH)) {
        assert(data.every((value, i) => Math.abs(value - expected[i]!) < 3e-7), name);
      } else assertSame(data, expected);
    }
  }));

Deno.test("openModel() and a training refuse differences without their base", () =>
  withFolder(async (dir) => {
    const { path, base } = await written(dir);
    await assertRejects(
      () => openModel(path),
      TypeError,
      "the encoder's whole weights needed, got differences to those that its training began from",
    );
    const { tensors } = toPublished(officialEomtDinov3, moved(whole.weights, -1));
    assertThrows(
      () => pretrainedFor(whole.architecture, tensors),
      TypeError,
      "openDifferences (export with --base, Meta's DINOv3 of the same size) adds them",
    );
    await assertRejects(() => openDifferences(path, path), TypeError, "an encoder alone needed");
    await assertRejects(
      () => openDifferences(base, base),
      TypeError,
      "a segmentation network needed",
    );
  }));

Deno.test("openDifferences() refuses another base, and weights that are whole", () =>
  withFolder(async (dir) => {
    const { path, base } = await written(dir, network(2, 128).weights);
    await assertRejects(
      () => openDifferences(path, base),
      TypeError,
      "the encoder that the differences are to needed, with encoder.backbone.",
    );
    const { tensors } = toPublished(officialEomtDinov3, whole.weights);
    await writeSafetensors(path, tensors);
    await assertRejects(() => openDifferences(path, base), TypeError, "got whole weights");
    assert(!areDifferences(whole.weights, PATH));
    assert(areDifferences(moved(whole.weights, -1), PATH));
  }));
