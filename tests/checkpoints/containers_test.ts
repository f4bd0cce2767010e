import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { copyFile } from "node:fs/promises";
import { statSync } from "node:fs";
import { join } from "node:path";
import type { NDArray } from "../../lib/array.ts";
import { readTensors } from "../../lib/checkpoints/read.ts";
import { StoredTensor, toBfloat16 } from "../../lib/checkpoints/stored_tensor.ts";
import { fromFloat16, toFloat16 } from "../../lib/float16.ts";
import { unwrap } from "../../lib/checkpoints/unwrap.ts";
import { modelOf } from "../../lib/families/family.ts";
import { segmenterFamily } from "../../lib/families/segmenter/family.ts";
import { networkFor } from "../../experiments/bench/bare_network.ts";
import { segmenterOf } from "../families/segmenter/golden_segmenter.ts";
import { assertOutput, golden, goldenFile, goldenFolder, goldenTest } from "../golden.ts";
import { temporaryFolder } from "../models/temporary_folder.ts";
import { assertSame } from "../same.ts";

const expected = await golden("containers/expected");
/** The network whose weights the containers hold. */
const network = await golden(expected.config.weights);

const containers = goldenFolder("containers")
  .filter(({ name }) => name !== "bad" && name !== "expected.safetensors")
  .map((container) => ({ ...container, ...goldenFile(`containers/${container.name}`) }));
const isOdd = ({ name }: { name: string }) => name.startsWith("odd");

for (const container of containers.filter(isOdd)) {
  const needs = [container, expected.part("odd/")];
  goldenTest(
    `readTensors() gives every type and kind of view of ${container.name}`,
    needs,
    async () => {
      const { tensors } = await readTensors(container.path);
      const reference = expected.names("odd/")
        .map((name) => [`tensors.${name}`, expected.tensor(`odd/${name}`)] as const);
      assertSame(tensors, new Map(reference), container.name);
    },
  );
}

/** A float32 value as a container keeps it: in the precision that its name tells. */
function roundingOf(name: string): (data: Float32Array) => Float32Array {
  if (name.includes("bf16")) {
    return (data) => {
      const bytes = new Uint8Array(toBfloat16(data).buffer);
      return new StoredTensor("BF16", [data.length], bytes).toFloat32();
    };
  }
  return name.includes("f16") ? (data) => fromFloat16(toFloat16(data)) : (data) => data;
}

function rounded(name: string): Map<string, NDArray> {
  const round = roundingOf(name);
  return new Map(
    [...network.weights()].map(([name, { shape, data }]) => [name, { shape, data: round(data) }]),
  );
}

for (const container of containers.filter((container) => !isOdd(container))) {
  const { name, path } = container;
  const needs = [container, network];
  goldenTest(
    `readTensors() gives the network's weights, and no others, of ${name}`,
    needs,
    async () => {
      const { tensors, outside } = unwrap((await readTensors(path)).tensors);
      assertSame(tensors, rounded(name), name);
      assertEquals(outside, []); // an optimizer's, for example
    },
  );
}

/** The container whose weights have the precision of that name in `out/NAME/logits_eval`. */
function containerOf(precision: string) {
  return containers.find(({ name, lacking }) => !lacking && name.includes(`_${precision}`));
}

for (const precision of expected.cases((file) => file.heads("out/"))) {
  const container = containerOf(precision.name);
  const needs = [precision, network, { lacking: container === undefined }];
  goldenTest(`weights in ${precision.name} give the reference's logits`, needs, async () => {
    const { tensors } = await readTensors(container!.path);
    const config = segmenterOf(network);
    const run = networkFor(modelOf({ family: segmenterFamily, config }), tensors, 1);
    const logits = await run(network.tensor("in/images"));
    assertOutput(logits, expected.tensor(`out/${precision.name}/logits_eval`));
  });
}

/** Files that hold tensors, of every container format. */
const files = [
  ...containers.filter(({ path }) => statSync(path).isFile()),
  ...goldenFolder(".").filter(({ name }) => /\.(npz|pth)$/.test(name))
    .map((file) => ({ ...file, ...goldenFile(file.name) })),
];

/** The format by the file's name and first bytes. */
async function formatOf(path: string): Promise<string> {
  if (path.endsWith(".safetensors")) return "safetensors";
  if (path.endsWith(".npz")) return "npz";
  const bytes = await Deno.readFile(path);
  return bytes[0] === 0x50 && bytes[1] === 0x4b ? "pytorch zip" : "pytorch legacy";
}

for (const file of files) {
  goldenTest(
    `readTensors() knows ${file.name} by its bytes when it has another name`,
    file,
    async () => {
      await using folder = await temporaryFolder();
      const path = join(folder.path, "weights.jpg");
      await copyFile(file.path, path);
      const format = await formatOf(file.path);
      assertEquals((await readTensors(path)).container, format);
      await Deno.writeTextFile(join(folder.path, "config.py"), "model = {}\n");
      await Deno.writeTextFile(join(folder.path, "config.json"), `{"architectures": []}`);
      await Deno.mkdir(join(folder.path, "logs"));
      assertEquals((await readTensors(folder.path)).container, format);
    },
  );
}

/** What is said of the damaged files whose fault the name tells. */
const faults: Readonly<Record<string, RegExp>> = {
  bad_json: /a header of JSON/,
  header_beyond_file: /a header of at most/,
  header_huge: /a header of at most/,
  negative_shape: /as shape of "\w+"/,
  offsets_out_of_range: /"\w+" within/,
  offsets_reversed: /"\w+" within/,
  overlapping_offsets: /\d+ \(an overlap\)/,
  shape_size_mismatch: /\d+ bytes for "\w+" \(\w+ \[[\d,]+\]\), got \d+/,
  evil: /the Python object "[\w.]+": it is refused and nothing of it ran/,
  short_storage: /\d+ bytes in \S+ for \d+ elements of \w+, got \d+/,
  truncated: /a whole zip archive/,
  view_out_of_storage: /for "[\w.]+" a storage of \d+ elements/,
};

for (const bad of goldenFolder("containers/bad")) {
  goldenTest(`readTensors() refuses ${bad.name}, and names file and fault`, bad, async () => {
    const { path } = goldenFile(`containers/bad/${bad.name}`);
    const { message } = await assertRejects(() => readTensors(path));
    assertStringIncludes(message, path);
    const fault = Object.keys(faults).find((name) => bad.name.startsWith(name));
    if (fault) assert(faults[fault]!.test(message), message);
  });
}
