import { assert, assertEquals } from "@std/assert";
import { add } from "../../lib/graph/ops/math.ts";
import { expand, sum } from "../../lib/graph/ops/broadcast.ts";
import { input } from "../../lib/graph/tensor.ts";
import { deviceFailure, largestOf } from "../../lib/runtime/device_failure.ts";

const x = input("x", [8]);
const wide = expand(x, [1000, 8]);

Deno.test("largestOf() finds a value within a graph", () => {
  assertEquals(largestOf([sum(wide, [0])]), wide);
  assertEquals(largestOf([add(x, x), x]).shape, [8]);
});

Deno.test("deviceFailure() names the largest value where a device has no room, and the error where it is lost", () => {
  const full = new Error("vkAllocateMemory failed with VK_ERROR_OUT_OF_DEVICE_MEMORY");
  const { message, cause } = deviceFailure(full, "webgpu", wide);
  assert(message.includes("the largest is a result of expand, float32[1000, 8] of 32 kB"), message);
  assert(message.endsWith("lower the batch, the crop or the window"));
  assertEquals(cause, full);
  const lost = deviceFailure(new Error("A device was lost"), "webgpu", wide);
  assertEquals(
    lost.message,
    "Cannot compute on a device: a device that works needed, got from webgpu: A device was lost",
  );
});
