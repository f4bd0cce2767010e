import { assert, assertEquals } from "@std/assert";
import { remedyOf } from "../../lib/remedy.ts";
import { DeviceFailure } from "../../lib/runtime/device_failure.ts";
import { interrupted } from "../../lib/train/interrupted.ts";

const failure = new DeviceFailure("a device that works needed, got from webgpu: lost", null);

Deno.test("interrupted() says from where a run goes on when a device fails", () => {
  const told = interrupted(failure, 12, 10) as Error;
  assertEquals(
    told.message,
    "Cannot go on training after step 12: a device that works needed, got from webgpu: lost; the run " +
      "goes on from its checkpoint of step 10",
  );
  assertEquals([remedyOf(told), told.cause], [{ kind: "finishRun" }, failure]);
  const early = interrupted(failure, 3, null) as Error;
  assert(early.message.endsWith("; no checkpoint was written"));
  assertEquals(remedyOf(early), undefined);
});

Deno.test("interrupted() leaves other errors as they are", () => {
  const other = new RangeError("the loss needs to be finite");
  assertEquals(interrupted(other, 3, 2), other);
});
