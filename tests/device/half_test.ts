/** Weights in half precision on a device, sums in single. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { fromFloat16, toFloat16 } from "../../lib/float16.ts";
import { declaredBy, modelOf } from "../../lib/families/family.ts";
import { variantOf } from "../../lib/families/registry.ts";
import { matmul } from "../../lib/graph/ops/matmul.ts";
import { input, type Tensor } from "../../lib/graph/tensor.ts";
import { initialize } from "../../lib/nn/init.ts";
import { Scope } from "../../lib/nn/scope.ts";
import { logitsOf } from "../../lib/nn/scores.ts";
import { type CompileOptions, Program } from "../../lib/runtime/program.ts";
import { value, type Values } from "../../lib/runtime/value.ts";
import { withFolder } from "../data/fixtures.ts";
import { randomArray } from "../random_array.ts";
import { hasDevice } from "./has_device.ts";

const device = (name: string, fn: () => Promise<void>) =>
  Deno.test({ name, ignore: !hasDevice, fn });
const half = { provider: "webgpu", threads: 1, precision: "half" } as const;

async function run(y: Tensor, feeds: Values, options: CompileOptions): Promise<Float32Array> {
  const program = await Program.compile({ y }, options);
  const found = await program.run(feeds);
  const fetched = value(new Float32Array(found.y!.data.length), y.shape);
  await program.runInto(feeds, { y: fetched });
  await program.release();
  const numbers = fetched.data as Float32Array;
  assert(numbers.every((x, i) => x === found.y!.data[i]), "run() and runInto() give the same");
  return numbers;
}

device("a program in half precision sums in single precision", async () => {
  const [x, w] = [input("x", [1, 4096]), input("w", [4096, 2])];
  const ones = (count: number) => new Float32Array(count).fill(1);
  const weights = new Map([["w", { shape: w.shape, data: ones(8192) }]]);
  const feeds = { x: value(ones(4096), x.shape) };
  const found = await run(matmul(x, w), feeds, { ...half, weights });
  assert(found.every((sum) => sum === 4096), `${found}`);
});

for (const name of ["Seg-T-Mask/16", "SegFormer-B0"]) {
  device(`${name} in half precision is the processor's network of rounded weights`, async () => {
    const architecture = variantOf(name)
      .architecture({ classes: 5, image: 32, dropPath: 0, decoderDropout: 0 });
    const model = modelOf(architecture);
    const weights = initialize(declaredBy(architecture, 32).parameters, 1);
    const rounded = new Map(
      [...weights].map(([name, { data, shape }]) =>
        [name, { shape, data: fromFloat16(toFloat16(data)) }] as const
      ),
    );
    const images = randomArray("images", [1, 3, 32, 32]);
    const { outputs } = Scope.build(
      false,
      (p) => logitsOf(model.scores(model.build(p, input("images", images.shape))), 32, 32),
    );
    const feeds = { images: value(images.data, images.shape) };
    const on = (options: Partial<CompileOptions>) =>
      run(outputs, feeds, { provider: "cpu", threads: 1, ...options });
    const [found, wanted] = [await on({ ...half, weights }), await on({ weights: rounded })];
    const exact = await on({ weights });
    const far = (other: Float32Array) =>
      wanted.reduce((most, x, i) => Math.max(most, Math.abs(x - other[i]!)), 0);
    assert(far(found) < 1e-4, `${far(found)} from rounded weights'`);
    assert(far(found) < far(exact), `${far(found)}, where exact weights are ${far(exact)} away`);
  });
}

device(
  "weights stay in half precision on the device: each run widens them",
  () =>
    withFolder(async (dir) => {
      const [x, w] = [input("x", [1, 64]), input("w", [64, 64])];
      const weights = new Map([["w", randomArray("w", w.shape)]]);
      const profile = join(dir, "profile");
      await run(matmul(x, w), { x: value(new Float32Array(64), x.shape) }, {
        ...half,
        weights,
        profile,
      });
      const [file] = await readdir(dir);
      const events: { args?: { op_name?: string } }[] = JSON.parse(
        await readFile(join(dir, file!), "utf8"),
      );
      const casts = events.filter(({ args }) => args?.op_name === "Cast");
      assertEquals(casts.length, 2);
    }),
);

device("a weight that no half holds is an error that names it", async () => {
  const [x, w] = [input("x", [1, 1]), input("w", [1, 1])];
  const weights = new Map([["w", { shape: [1, 1], data: Float32Array.of(1e5) }]]);
  const compile = () => Program.compile({ y: matmul(x, w) }, { ...half, weights });
  await assertRejects(
    compile,
    RangeError,
    'Cannot store "w" in half precision: values up to 65504',
  );
});
