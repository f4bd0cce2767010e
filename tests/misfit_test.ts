import { assert, assertEquals } from "@std/assert";
import { z } from "zod";
import { misfit } from "../lib/misfit.ts";

const schema = z.strictObject({ a: z.array(z.number()), b: z.string() });

function words(value: unknown): string {
  return misfit(schema.safeParse(value).error!);
}

Deno.test("misfit() says what is wrong and where", () => {
  assertEquals(
    words({ a: [1, "2"] }),
    "✖ Invalid input: expected string, got none\n  → at b\n" +
      "✖ Invalid input: expected number, received string\n  → at a[1]",
  );
});

Deno.test("misfit() is short and printable whatever the keys are", () => {
  const keys = Object.fromEntries(Array.from({ length: 9999 }, (_, i) => [`\x1b[2J\n${i}`, i]));
  const text = words({ a: [], b: "", ...keys }) +
    words({ a: Array(9999).fill("x"), b: "" });
  assert(text.length < 2000 && text.endsWith("✖ … (9999 in all)"), text);
  assert(text.includes(String.raw`\x1b[2J`) && !/\p{Cc}/u.test(text.replaceAll("\n", "")), text);
});
