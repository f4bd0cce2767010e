import { assertAlmostEquals, assertEquals } from "@std/assert";
import type { NDArray } from "../../../lib/array.ts";
import { toPublished, toSeglab } from "../../../lib/checkpoints/name_rules.ts";
import {
  augregHybrid,
  fitTransunet,
  officialTransunet,
} from "../../../lib/families/transunet/checkpoints.ts";
import { transunetFamily } from "../../../lib/families/transunet/family.ts";
import { pretrainedFor } from "../../../lib/models/pretrained.ts";
import { renameFrom, titleOf } from "../../checkpoints/kinds.ts";
import { golden, goldenFile, goldenTest } from "../../golden.ts";
import { assertSame } from "../../same.ts";
import { officialWeights, transunetConfigOf, transunetWeights } from "./golden_transunet.ts";

const file = await golden("next/transunet");
const namesFile = goldenFile("next/transunet_names.json");
const needs = [file, namesFile];
const config = transunetConfigOf(file);
const theirs = officialWeights(file);
const ours = transunetWeights(file);

goldenTest("renameFrom() leads from the official TransUNet to Seglab's and back", file, () => {
  assertEquals(titleOf(theirs.keys()), "official TransUNet");
  assertSame(renameFrom("official TransUNet", theirs), { tensors: ours, unused: [] });
  assertSame(toPublished(officialTransunet, ours), { tensors: theirs, unused: [] });
});

/** The encoder's weights as R50+ViT-B_16.npz names them, with a class token and a head. */
function npz(): Map<string, NDArray> {
  const path = "transformer.";
  const encoder = new Map(
    [...ours].filter(([name]) => name.startsWith(path))
      .map(([name, tensor]) => [name.slice(path.length), tensor]),
  );
  const found = toPublished(augregHybrid(config.heads), encoder);
  assertEquals(found.unused, []);
  const { tensors } = found;
  const name = "Transformer/posembed_input/pos_embedding";
  const table = tensors.get(name)!;
  const [, n, dim] = table.shape as [number, number, number];
  const withClass = new Float32Array((n + 1) * dim).fill(7);
  withClass.set(table.data, dim);
  tensors.set(name, { shape: [1, n + 1, dim], data: withClass });
  tensors.set("cls", { shape: [1, 1, dim], data: new Float32Array(dim) });
  tensors.set("head/bias", { shape: [5], data: new Float32Array(5) });
  return tensors;
}

goldenTest("augregHybrid() has the names of the reference's table", needs, async () => {
  const { names }: { names: Record<string, { npz: string | null }> } = JSON.parse(
    await Deno.readTextFile(namesFile.path),
  );
  const listed = Object.values(names).flatMap(({ npz }) => npz === null ? [] : [npz]);
  const own = [...npz().keys()].filter((name) => !/^(cls$|head)/.test(name));
  assertEquals(own.sort(), listed.sort());
});

goldenTest(
  "augregHybrid() turns kernels and flattens norms as the table's rules say",
  needs,
  () => {
    const tensors = npz();
    const unit = "transformer.embeddings.hybrid_model.body.block1.unit1.";
    const weight = ours.get(`${unit}conv2.weight`)!;
    const [out, width, rows, columns] = weight.shape as [number, number, number, number];
    const kernel = tensors.get("block1/unit1/conv2/kernel")!;
    assertEquals([...kernel.shape], [rows, columns, width, out]);
    const [o, i, y, x] = [out - 1, 1, 2, 1];
    assertEquals(
      kernel.data[((y * columns + x) * width + i) * out + o],
      weight.data[((o * width + i) * rows + y) * columns + x],
    );
    assertEquals([...tensors.get("block1/unit1/gn_proj/scale")!.shape], [1, 1, 1, 4 * width]);
    assertEquals([...tensors.get("gn_root/bias")!.shape], [config.width]);
  },
);

goldenTest("pretrainedFor() begins a TransUNet with R50+ViT-B_16.npz's encoder", file, () => {
  const tensors = npz();
  assertEquals(titleOf(tensors.keys()), "AugReg ViT on a ResNet");
  const { values, report } = pretrainedFor({ family: transunetFamily, config }, tensors);
  const encoder = [...ours].filter(([name]) => name.startsWith("transformer."));
  assertSame(new Map([...values].sort()), new Map(encoder.sort()));
  assertEquals([report.misshapen, [...report.unused].sort()], [[], ["cls", "head/bias"]]);
});

// By hand, of scipy's documented zoom: the outermost stay where they are.
Deno.test("fitTransunet() leaves the class token out and resizes between the outermost positions", () => {
  const name = "transformer.embeddings.position_embeddings";
  const fitted = (rows: readonly number[], image: number) => {
    const tensors = new Map([[name, {
      shape: [1, rows.length, 1],
      data: Float32Array.from(rows),
    }]]);
    fitTransunet(tensors, { ...config, image });
    return tensors.get(name)!;
  };
  assertEquals([...fitted([9, 0, 2, 4, 6], 48).data], [0, 1, 2, 2, 3, 4, 4, 5, 6]);
  assertEquals([...fitted([0, 2, 4, 6], 32).data], [0, 2, 4, 6]);
  const four = fitted([9, 0, 2, 4, 6], 64);
  assertEquals(four.shape, [1, 16, 1]);
  assertAlmostEquals(four.data[1]!, 2 / 3, 1e-6);
});

goldenTest("toSeglab() knows the class token and the head of R50+ViT-B_16.npz", file, () => {
  const { unused } = toSeglab(augregHybrid(1), npz());
  assertEquals([...unused].sort(), ["cls", "head/bias"]);
});
