/** Expected values are those of V8's own Float16Array, which Node 22 lacks. */
import { assertEquals } from "@std/assert";
import { fromFloat16, isFiniteFloat16, toFloat16 } from "../lib/float16.ts";
import { stream } from "../lib/random.ts";

const every = Uint16Array.from({ length: 65536 }, (_, half) => half);

/** The index of the first element that differs; NaNs equal each other. */
function firstDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) if (!Object.is(a[i], b[i])) return i;
  return -1;
}

Deno.test("fromFloat16() gives the value of every half", () => {
  const expected = Float32Array.from(new Float16Array(every.buffer));
  assertEquals(firstDifference(fromFloat16(every), expected), -1);
});

Deno.test("toFloat16() gives back every half, and a quiet NaN for each NaN", () => {
  const isNaN = (half: number) => (half & 0x7fff) > 0x7c00;
  const expected = every.map((half) => isNaN(half) ? half & 0x8000 | 0x7e00 : half);
  assertEquals(firstDifference(toFloat16(fromFloat16(every)), expected), -1);
});

Deno.test("toFloat16() rounds to nearest even between any two neighbours", () => {
  const halves = fromFloat16(every.filter(isFiniteFloat16));
  const between = Float32Array.from(halves, (value) => value * (1 + 2 ** -11));
  const middles = new Float32Array([...halves, 65504].map((value, i) => (value + halves[i]!) / 2));
  for (const values of [between, middles]) assertRounded(values);
});

Deno.test("toFloat16() rounds as Float16Array does where bits are random", () => {
  const random = stream("float16", 1);
  const words = Uint32Array.from({ length: 500_000 }, () => random.integer(0, 2 ** 32));
  const values = new Float32Array(words.buffer);
  assertRounded(values.filter((value) => !Number.isNaN(value)));
});

function assertRounded(values: Float32Array): void {
  const expected = new Uint16Array(Float16Array.from(values).buffer);
  const index = firstDifference(toFloat16(values), expected);
  assertEquals(index < 0 ? null : values[index], null);
}
