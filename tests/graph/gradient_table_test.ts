import { assertEquals } from "@std/assert";
import { assertDifferences, assertNoGradient, assertUses } from "./finite_differences.ts";
import { records } from "./gradient_cases.ts";

Deno.test("the gradient table lists every operation record of lib/graph", async () => {
  const folder = new URL("../../lib/graph/", import.meta.url);
  const files = [new URL("custom.ts", folder)];
  for await (const { name } of Deno.readDir(new URL("ops/", folder))) {
    files.push(new URL(`ops/${name}`, folder));
  }
  const found: string[] = [];
  for (const file of files) {
    const text = await Deno.readTextFile(file);
    const rules = [...text.matchAll(/: Rule<[^=]*= \{\s*name: "(\w+)"/g)].map(([, name]) => name!);
    assertEquals(rules.length, text.match(/: Rule</g)?.length ?? 0, `${file}: a rule without name`);
    found.push(...rules);
  }
  assertEquals(Object.keys(records).sort(), found.sort());
});

for (const [name, cases] of Object.entries(records)) {
  Deno.test(`gradients() agrees with finite differences when differentiating ${name}`, async () => {
    for (const [i, test] of cases.entries()) {
      if (test.smooth) await assertDifferences(`${name} ${i}`, test);
      else assertNoGradient(test);
      assertUses(test, name);
    }
  });
}
