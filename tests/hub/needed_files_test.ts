import { assertEquals, assertThrows } from "@std/assert";
import { neededFiles, shardsOf } from "../../lib/hub/needed_files.ts";

const DESCRIPTIONS = ["config.json", "preprocessor_config.json", "variant.yml"];

Deno.test("neededFiles() prefers safetensors, then an index, then pytorch_model.bin, then the rest", () => {
  const order = [
    "model.safetensors",
    "model.safetensors.index.json",
    "pytorch_model.bin",
    "checkpoint.pth",
  ];
  for (const [i, weights] of order.entries()) {
    const names = [".gitattributes", "README.md", "tf_model.h5", ...order.slice(i).reverse()];
    assertEquals(neededFiles("a/b", names, undefined), { weights, descriptions: [] });
  }
  for (const weights of ["seg.safetensors", "R50+ViT-B_16.npz", "deit.pt"]) {
    assertEquals(neededFiles("a/b", [weights, "README.md"], undefined).weights, weights);
  }
});

Deno.test("neededFiles() takes the descriptions that are there", () => {
  const names = ["model.safetensors", ...DESCRIPTIONS, "training_args.bin", "vocab.txt"];
  assertEquals(neededFiles("a/b", names, undefined).descriptions, DESCRIPTIONS);
});

Deno.test("neededFiles() takes the file that was asked for", () => {
  const names = ["model.safetensors", "old.pth", "config.json"];
  assertEquals(neededFiles("a/b", names, "old.pth").weights, "old.pth");
  assertThrows(
    () => neededFiles("a/b", names, "new.pth"),
    RangeError,
    "Cannot download new.pth of a/b: a file of that name needed, got model.safetensors, old.pth",
  );
});

Deno.test("neededFiles() lists what is there when that is no checkpoint or several", () => {
  assertThrows(() => neededFiles("a/b", ["README.md"], undefined), RangeError, "got README.md");
  assertThrows(() => neededFiles("a/b", [], undefined), RangeError, "got no files");
  assertThrows(
    () => neededFiles("a/b", ["x.pth", "y.pth"], undefined),
    RangeError,
    "got x.pth, y.pth; name one of them: a/b/x.pth",
  );
});

Deno.test("shardsOf() names each shard once and refuses one that the folder lacks", () => {
  const index = (...shards: string[]) =>
    JSON.stringify({ weight_map: Object.fromEntries(shards.map((shard, i) => [`w${i}`, shard])) });
  assertEquals(shardsOf("a/b", index("x", "y", "x"), ["y", "x", "z"]), ["x", "y"]);
  assertThrows(
    () => shardsOf("a/b", index("x", "../../y"), ["x"]),
    RangeError,
    "all shards of its index needed, got none named ../../y",
  );
});
