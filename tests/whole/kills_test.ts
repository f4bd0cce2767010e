import { assertEquals } from "@std/assert";
import { killAll } from "../kills.ts";

Deno.test({
  name: "ten kills of train, evaluate, segment, prepare and download lose nothing",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    const outcomes = await killAll(10, 1);
    assertEquals(outcomes.map(({ kills }) => kills), [2, 2, 2, 2, 2]);
  },
});
