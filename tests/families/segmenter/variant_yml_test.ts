import { assert, assertEquals, assertThrows } from "@std/assert";
import { existsSync } from "node:fs";
import { parseVariant } from "../../../lib/families/segmenter/variant_yml.ts";
import { golden, goldenFile, goldenFolder, goldenTest, ownPath } from "../../golden.ts";

const expected = await golden("containers/expected");
const network = await golden(expected.config.weights);
const variants = goldenFolder("containers")
  .map(({ name }) => ({ name, ...goldenFile(`containers/${name}/variant.yml`) }))
  .filter(({ path }) => existsSync(path));

for (const file of variants) {
  goldenTest(
    `parseVariant() reads the official variant.yml of ${file.name}`,
    [file, network],
    async () => {
      const text = await Deno.readTextFile(file.path);
      assert(text.includes("!!python/tuple")); // read as lists
      const { net_kwargs: net, inference_kwargs: inference } = parseVariant(text, file.path);
      const { dropout: _dropout, drop_path_rate: _dropPath, decoder, ...same } =
        network.config.net_kwargs;
      for (const [key, value] of Object.entries(net)) {
        if (key in same) assertEquals(value, same[key], key);
      }
      assertEquals([net.decoder.name, net.n_cls], [decoder.name, same.n_cls]);
      if (net.decoder.name === "mask_transformer") {
        assertEquals(net.decoder.n_layers, decoder.n_layers);
      }
      const told = (key: string) => Number(text.match(new RegExp(`${key}: (\\d+)`))![1]);
      assertEquals(inference, {
        window_size: told("window_size"),
        window_stride: told("window_stride"),
      });
    },
  );
}

const text = await Deno.readTextFile(ownPath("containers/segmenter_small/variant.yml"));

Deno.test("parseVariant() reads an official variant.yml's rates and windows", () => {
  const { net_kwargs, inference_kwargs } = parseVariant(text, "variant.yml");
  assertEquals(net_kwargs.image_size, [64, 64]);
  assertEquals([net_kwargs.n_heads, net_kwargs.drop_path_rate], [2, 0.1]);
  assertEquals(net_kwargs.decoder, {
    name: "mask_transformer",
    n_layers: 1,
    dropout: 0.1,
    drop_path_rate: 0,
  });
  assertEquals(inference_kwargs, { window_size: 64, window_stride: 64 });
});

for (
  const [what, from, to] of [
    ["another Python tag", "!!python/tuple", "!!python/object/apply:os.system"],
    ["a name of Python's", "amp: false", "amp: !!python/name:os.system"],
    ["an unknown tag", "amp: false", "amp: !secret 1"],
    ["a tuple that is no list", "log_dir: segm_small_mask", "log_dir: !!python/tuple a"],
    ["broken YAML", "amp: false", "amp: [false"],
    ["a missing key", "  n_heads: 2\n", ""],
    ["another decoder", "name: mask_transformer", "name: other"],
  ] as const
) {
  Deno.test(`parseVariant() is a SyntaxError when there is ${what}`, () => {
    assert(text.includes(from));
    const changed = text.replace(from, to);
    assertThrows(
      () => parseVariant(changed, "a/variant.yml"),
      SyntaxError,
      "Cannot read a/variant.yml",
    );
  });
}

Deno.test("parseVariant() refuses within seconds what is made to take the machine", () => {
  const x = "[x,x,x,x,x,x,x,x,x]";
  const laughs = Array.from(
    { length: 9 },
    (_, i) => `b${i + 1}: &b${i + 1} ${x.replaceAll("x", `*b${i}`)}`,
  );
  const texts = {
    "aliases of aliases": [`b0: &b0 ${x}`, ...laughs].join("\n"),
    "an alias to nothing": "net_kwargs: *gone",
    "many keys": Array.from({ length: 40_000 }, (_, i) => `key${i}: 1\n`).join(""),
    "as many keys as are read": Array.from({ length: 2000 }, (_, i) => `k${i}:\n`).join(""),
    "deep nesting": "[".repeat(16_000),
  };
  const started = performance.now();
  for (const text of Object.values(texts)) {
    assertThrows(() => parseVariant(text, "v.yml"), SyntaxError, "Cannot read v.yml");
  }
  assert(performance.now() - started < 10_000);
});
