import { assert, assertEquals } from "@std/assert";
import type { NDArray } from "../../../lib/array.ts";
import { type NameMap, toPublished, toSeglab } from "../../../lib/checkpoints/name_rules.ts";
import {
  dinos,
  hubDinov2,
  hubDinov3,
  officialDinov2,
  officialDinov3,
} from "../../../lib/families/encoders/dino_checkpoints.ts";
import { recognise } from "../../../lib/checkpoints/kind.ts";
import { goldenFile, goldenTest } from "../../golden.ts";

/** One row of a tensor for each name, so that what is stacked and split can be told. */
function tensorsOf(names: readonly string[]): Map<string, NDArray> {
  return new Map(
    names.map((name, i) => [name, { shape: [6, 1], data: new Float32Array(6).fill(i) }]),
  );
}

interface Names {
  readonly names: Readonly<Record<string, { readonly memory: string[]; readonly hub: string[] }>>;
}

for (const name of ["dinov2", "dinov2_reg", "dinov2_swiglu", "dinov3", "dinov3_gated"]) {
  const table = goldenFile(`next/${name}_names.json`);
  const gated = /swiglu|gated/.test(name);
  const isSecond = name.startsWith("dinov2");
  const maps: Readonly<Record<string, NameMap>> = isSecond
    ? { official: officialDinov2, hub: hubDinov2, memory: hubDinov2 }
    : {
      official: officialDinov3,
      hub: hubDinov3("layer.", gated),
      memory: hubDinov3("model.layer.", gated),
    };
  goldenTest(`the names of ${name} become Seglab's and back`, table, async () => {
    const { names } = JSON.parse(await Deno.readTextFile(table.path)) as Names;
    const lists = {
      official: Object.keys(names),
      hub: Object.values(names).flatMap(({ hub }) => hub.map((name) => name.replace(/\[.*/, ""))),
      memory: Object.values(names).flatMap(({ memory }) => memory),
    };
    const own = Object.entries(lists).map(([from, list]) => {
      const tensors = tensorsOf([...new Set(list)]);
      assertEquals(
        recognise(dinos.checkpoints, [...tensors.keys()]).names.rules.length,
        maps[from]!.rules.length,
      );
      const { tensors: named, unused } = toSeglab(maps[from]!, tensors);
      assert(unused.every((name) => /mask_token|periods|bias_mask/.test(name)), `${unused}`);
      if (from === "memory" && isSecond) return [...named.keys()].sort(); // files have other names
      const { tensors: back } = toPublished(maps[from]!, named);
      const left = [...tensors.keys()].filter((name) => !unused.includes(name));
      assertEquals([...back.keys()].sort(), left.sort());
      return [...named.keys()].sort();
    });
    assertEquals(own[1], own[0]);
    assertEquals(own[2], own[0]);
  });
}
