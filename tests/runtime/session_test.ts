import { assertEquals, assertRejects } from "@std/assert";
import { split } from "../../lib/graph/ops/concat.ts";
import { add, mul } from "../../lib/graph/ops/math.ts";
import { input, scalar, type Tensor } from "../../lib/graph/tensor.ts";
import { Program, value, zerosFor } from "../../lib/runtime/session.ts";

const x = input("x", [1, 4]);
const [left, right] = split(add(x, scalar(1)), 1, [1, 3]) as [Tensor, Tensor];
const outputs = { same: x, left, twice: mul(right, scalar(2)) };
const program = await Program.compile(outputs, { threads: 1 });
const feeds = { x: value(Float32Array.of(1, 2, 3, 4), [1, 4]) };

const memory = () => ({ same: zerosFor(x), left: zerosFor(left), twice: zerosFor(right) });

Deno.test("run() gives every output when it is fed", async () => {
  const results = await program.run(feeds);
  assertEquals(Object.keys(results), ["same", "left", "twice"]);
  assertEquals([...results.twice!.data as Float32Array], [6, 8, 10]);
});

Deno.test("runInto() writes every output to its memory when there is some for each", async () => {
  const fetches = memory();
  await program.runInto(feeds, fetches);
  const values = Object.values(fetches).map(({ data }) => [...data as Float32Array]);
  assertEquals(values, [[1, 2, 3, 4], [2], [6, 8, 10]]);
});

Deno.test("runInto() may write over what it reads when nothing reads it later", async () => {
  const sum = input("sum", [2]);
  const adding = await Program.compile({ next: add(sum, scalar(1)) }, { threads: 1 });
  const total = value(Float32Array.of(0, 10), [2]);
  for (let i = 0; i < 3; i++) await adding.runInto({ sum: total }, { next: total });
  assertEquals([...total.data as Float32Array], [3, 13]);
});

Deno.test("runInto() names the output when memory for it is missing", async () => {
  const { twice: _, ...fetches } = memory();
  await assertRejects(() => program.runInto(feeds, fetches), TypeError, 'got none for "twice"');
});

Deno.test("runInto() fails when memory has another shape", async () => {
  const fetches = { ...memory(), left: value(new Float32Array(2), [1, 2]) };
  await assertRejects(() => program.runInto(feeds, fetches));
});

Deno.test("run() and runInto() fail when an input is missing or has another shape", async () => {
  const wrong = { x: value(new Float32Array(3), [1, 3]) };
  await assertRejects(() => program.run({}));
  await assertRejects(() => program.runInto({}, memory()));
  await assertRejects(() => program.run(wrong));
  await assertRejects(() => program.runInto(wrong, memory()));
});
