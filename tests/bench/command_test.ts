import { assertRejects } from "@std/assert";
import { benchCommand } from "../../experiments/commands/bench.ts";

Deno.test("bench refuses a case that there is none of and names those that there are", async () => {
  for (
    const name of [
      "inference SegFormer-B0",
      "prediction SegFormer-B0",
      "segment 20 photos",
      "evaluation on CamVid",
      "analysis uncertainty",
      "analysis receptive field of Seg-S",
    ]
  ) {
    await assertRejects(
      () => benchCommand().parseAsync(["--only", "no such case"], { from: "user" }),
      RangeError,
      name,
    );
  }
});
