import { assert, assertEquals } from "@std/assert";
import type { NDArray } from "../../../lib/array.ts";
import { renameFrom, titleOf } from "../../checkpoints/kinds.ts";
import { toPublished } from "../../../lib/checkpoints/name_rules.ts";
import { mmsegPup, officialSetr } from "../../../lib/families/setr/checkpoints.ts";
import { assertWithin, type Golden, goldenFamily, goldenTest } from "../../golden.ts";
import { assertSame } from "../../same.ts";

function weightsOf(file: Golden): Map<string, NDArray> {
  return new Map([...file.weights()].filter(([name]) => !name.endsWith("num_batches_tracked")));
}

const files = await goldenFamily("setr");

for (const file of files) {
  goldenTest(`renameFrom() keeps the official names of ${file.file}, both ways`, file, () => {
    const weights = weightsOf(file);
    assertEquals(titleOf([...weights.keys()]), "official SETR");
    const renamed = renameFrom("official SETR", weights);
    assertSame(renamed, { tensors: weights, unused: [] });
    assertSame(toPublished(officialSetr, renamed.tensors).tensors, weights);
  });
}

/** The running mean that a norm has where the convolution before it has no bias. */
function meanWithoutBias(tensors: ReadonlyMap<string, NDArray>, i: number): Float32Array {
  const bias = tensors.get(`decode_head.conv_${i}.bias`)!.data;
  const { data } = tensors.get(`decode_head.syncbn_fc_${i}.running_mean`)!;
  return data.map((mean, i) => mean - bias[i]!);
}

for (const file of files.filter(({ config }) => config.kind === "pup")) {
  goldenTest(
    `renameFrom() gives SETR's names of mmsegmentation's ${file.file}, both ways`,
    file,
    () => {
      const weights = weightsOf(file);
      const theirs = toPublished(mmsegPup, weights).tensors;
      const heads = [...theirs.keys()].filter((name) => !name.startsWith("backbone."));
      assertEquals(heads.filter((name) => name.startsWith("auxiliary_head.0.")).toSorted(), [
        "auxiliary_head.0.conv_seg.bias",
        "auxiliary_head.0.conv_seg.weight",
        "auxiliary_head.0.norm.bias",
        "auxiliary_head.0.norm.weight",
        "auxiliary_head.0.up_convs.0.0.bn.bias",
        "auxiliary_head.0.up_convs.0.0.bn.running_mean",
        "auxiliary_head.0.up_convs.0.0.bn.running_var",
        "auxiliary_head.0.up_convs.0.0.bn.weight",
        "auxiliary_head.0.up_convs.0.0.conv.weight",
      ]);
      assert(heads.includes("decode_head.up_convs.3.0.conv.weight"));
      assertEquals(titleOf([...theirs.keys()]), "mmsegmentation SETR-PUP");

      const { tensors: ours, unused } = renameFrom("mmsegmentation SETR-PUP", theirs);
      const used = [...weights.keys()].filter((name) => !name.includes("conv_seg"));
      assertSame([[...ours.keys()].toSorted(), unused], [used.toSorted(), []]);
      assertSame(toPublished(mmsegPup, ours).tensors, theirs);
      for (const i of [0, 1, 2, 3]) {
        const [own, reference] = [meanWithoutBias(ours, i), meanWithoutBias(weights, i)];
        assertWithin(own, reference, 1e-7, `syncbn_fc_${i}`);
      }
    },
  );
}
