import { assertEquals, assertThrows } from "@std/assert";
import { overridden } from "../../lib/families/overridden.ts";

const config = { classes: 3, decoder: { name: "mask", layers: 2 }, auxiliary: [1, 2] };

Deno.test("overridden() replaces values as deep as they are, and lists as a whole", () => {
  assertEquals(overridden(config, { decoder: { layers: 3 }, auxiliary: [] }), {
    classes: 3,
    decoder: { name: "mask", layers: 3 },
    auxiliary: [],
  });
  assertEquals(config.decoder.layers, 2);
});

Deno.test("overridden() names what a network does not have, and values of another kind", () => {
  const messageOf = (overrides: Record<string, unknown>) =>
    assertThrows(() => overridden(config, overrides), RangeError).message;
  assertEquals(
    messageOf({ decoder: { depth: 3 } }),
    "Cannot change a network: one of decoder.name, decoder.layers needed, got decoder.depth",
  );
  assertEquals(
    messageOf({ auxiliary: 3 }),
    "Cannot change a network: auxiliary like [1,2] needed, got 3",
  );
});
