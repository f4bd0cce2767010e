import { assert, assertEquals, assertRejects } from "@std/assert";
import { split } from "../../lib/graph/ops/concat.ts";
import { add, mul } from "../../lib/graph/ops/math.ts";
import { input, scalar, type Tensor } from "../../lib/graph/tensor.ts";
import { copying, inPlace } from "../../lib/runtime/landing.ts";
import { NodePlatform } from "../../lib/runtime/node.ts";
import { type Provider, providers } from "../../lib/runtime/platform.ts";
import { Program } from "../../lib/runtime/program.ts";
import { value, zerosFor } from "../../lib/runtime/value.ts";

const x = input("x", [1, 4]);
const [left, right] = split(add(x, scalar(1)), 1, [1, 3]) as [Tensor, Tensor];
const outputs = { same: x, left, twice: mul(right, scalar(2)) };
const feeds = { x: value(Float32Array.of(1, 2, 3, 4), [1, 4]) };
const cpu = { provider: "cpu", threads: 1 } as const;

const memory = () => ({ same: zerosFor(x), left: zerosFor(left), twice: zerosFor(right) });

/** The platform as programs have it, and with either way for outputs into memory. */
const platforms = {
  "as found": new NodePlatform(),
  "in place": new NodePlatform(inPlace),
  "by copying": new NodePlatform(copying),
};

Deno.test("Program.compile() has half precision on WebGPU alone", async () => {
  const compile = () => Program.compile(outputs, { ...cpu, precision: "half" });
  await assertRejects(compile, RangeError, "the provider webgpu needed, got cpu");
});

for (const [way, platform] of Object.entries(platforms)) {
  const program = await Program.compile(outputs, cpu, platform);

  Deno.test(`run() gives every output when it is fed, ${way}`, async () => {
    const results = await program.run(feeds);
    assertEquals(Object.keys(results), ["same", "left", "twice"]);
    assertEquals(results.twice, value(Float32Array.of(6, 8, 10), [1, 3]));
  });

  Deno.test(`runInto() writes every output to its memory when there is some for each, ${way}`, async () => {
    const fetches = memory();
    await program.runInto(feeds, fetches);
    const values = Object.values(fetches).map(({ data }) => [...data as Float32Array]);
    assertEquals(values, [[1, 2, 3, 4], [2], [6, 8, 10]]);
  });

  Deno.test(`runInto() may write over what it reads when nothing reads it later, ${way}`, async () => {
    const sum = input("sum", [2]);
    const adding = await Program.compile({ next: add(sum, scalar(1)) }, cpu, platform);
    const total = value(Float32Array.of(0, 10), [2]);
    for (let i = 0; i < 3; i++) await adding.runInto({ sum: total }, { next: total });
    assertEquals([...total.data as Float32Array], [3, 13]);
    await adding.release();
  });

  Deno.test(`runInto() names the output when memory for it is missing, ${way}`, async () => {
    const { twice: _, ...fetches } = memory();
    await assertRejects(() => program.runInto(feeds, fetches), TypeError, 'got none for "twice"');
  });

  Deno.test(`runInto() fails when memory has another shape or type, ${way}`, async () => {
    for (const odd of [value(new Float32Array(2), [1, 2]), value(new Uint8Array(1), [1, 1])]) {
      await assertRejects(() => program.runInto(feeds, { ...memory(), left: odd }));
    }
  });

  Deno.test(`run() and runInto() fail when an input is missing or has another shape, ${way}`, async () => {
    const wrong = { x: value(new Float32Array(3), [1, 3]) };
    await assertRejects(() => program.run({}));
    await assertRejects(() => program.runInto({}, memory()));
    await assertRejects(() => program.run(wrong));
    await assertRejects(() => program.runInto(wrong, memory()));
  });
}

Deno.test("compile() runs on each provider or says which are there when it cannot", async () => {
  for (const provider of providers) {
    const program = await Program.compile(outputs, { provider, threads: 1 }).catch((error) => {
      assert(provider !== "cpu" && error.message.startsWith(`Cannot compile for ${provider}: `));
      assert(/which brings cpu.* here: ./s.test(error.message), error.message);
      return null;
    });
    if (program === null) continue;
    const fetches = memory();
    await program.runInto(feeds, fetches);
    assertEquals([...fetches.twice.data as Float32Array], [6, 8, 10]);
    await program.release();
  }
});

Deno.test("compile() refuses a provider that there is none of", async () => {
  await assertRejects(
    () => Program.compile(outputs, { provider: "tpu" as Provider, threads: 1 }),
    RangeError,
    'one of the providers cpu, webgpu, cuda needed, got "tpu"',
  );
});
