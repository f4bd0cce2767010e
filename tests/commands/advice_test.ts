import { assertEquals, assertRejects } from "@std/assert";
import { newCommand } from "../../experiments/commands/command.ts";
import { type Remedy, withRemedy } from "../../lib/remedy.ts";

/** The message of a command whose work fails by an error with a remedy. */
async function messageWith(remedy: Remedy, ...options: string[]): Promise<string> {
  const command = newCommand("try").action(() => {
    const error = withRemedy(new RangeError("it cannot"), remedy);
    throw new TypeError("Cannot try", { cause: error });
  });
  for (const option of options) command.option(`${option} <value>`);
  const error = await assertRejects(() => command.parseAsync([], { from: "user" }), TypeError);
  return error.message;
}

const folders =
  "images/ and masks/ of the same names `deno task describe photos --write FILE.json`";
const cases: readonly (readonly [Remedy, string])[] = [
  [{ kind: "download", model: "a/b" }, "; if it is one, get it by `deno task download a/b`"],
  [{ kind: "finishRun" }, "; go on with it by `deno task train`, the same options and --resume"],
  [{ kind: "resume", state: "unfinished" }, "; --resume goes on with it; or remove the folder"],
  [{ kind: "resume", state: "finished" }, "; --resume leaves it as it is; or remove the folder"],
  [{ kind: "pretrained" }, ": `deno task train --pretrained`"],
  [{ kind: "checkLabels" }, "\n`deno task check-labels` with the same data looks at all of them"],
  [
    { kind: "describeData", data: "photos" },
    `; of a folder with ${folders} writes a description`,
  ],
  [{ kind: "evaluatedData" }, "; give that as --data"],
  [{ kind: "evaluate" }, "; `deno task evaluate` makes one"],
];

for (const [remedy, says] of cases) {
  Deno.test(`a command says what to type against an error: ${Object.values(remedy)}`, async () => {
    assertEquals(await messageWith(remedy), `Cannot try${says}`);
  });
}

Deno.test("a command names the options that it has, and no others", async () => {
  const exif: Remedy = { kind: "exif" };
  assertEquals(await messageWith(exif, "--exif"), "Cannot try (--exif apply or --exif ignore)");
  const large: Remedy = { kind: "maxPixels", pixels: 400 };
  assertEquals(await messageWith(large, "--max-pixels"), "Cannot try (--max-pixels 400)");
  assertEquals([await messageWith(exif), await messageWith(large)], Array(2).fill("Cannot try"));
  const other: Remedy = { kind: "otherFolder" };
  assertEquals(await messageWith(other, "--out"), "Cannot try; choose another --out");
  assertEquals(await messageWith(other), "Cannot try; choose another folder");
  const same = (...settings: string[]): Remedy => ({ kind: "sameSettings", settings });
  assertEquals(
    await messageWith(same("lr", "checkpointEvery", "seed"), "--lr", "--checkpoint-every", "--out"),
    "Cannot try; give the same --lr, --checkpoint-every as before, or choose another --out",
  );
  assertEquals(
    await messageWith(same("lr")),
    "Cannot try; give the same as before, or choose another folder",
  );
});

Deno.test("a command leaves an error as it is when nothing is known to help", async () => {
  const command = newCommand("try").action(() => {
    throw new RangeError("Cannot try");
  });
  const error = await assertRejects(() => command.parseAsync([], { from: "user" }), RangeError);
  assertEquals(error.message, "Cannot try");
});

Deno.test("what to type goes on with a message that ends as a sentence", async () => {
  const command = newCommand("try").option("--out <folder>").action(() => {
    throw withRemedy(new RangeError("Cannot try. It is as before."), { kind: "otherFolder" });
  });
  const trying = () => command.parseAsync([], { from: "user" });
  await assertRejects(trying, RangeError, "Cannot try. It is as before; choose another --out");
});
