import { assert, assertEquals, assertRejects } from "@std/assert";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { extrasSchema } from "../../lib/data/extras.ts";
import { augmentChoice, augmentSetNames } from "../../lib/runs/augment_sets.ts";
import { extrasOf } from "../../lib/runs/extras.ts";
import { ownRecipe } from "../../lib/runs/recipes.ts";
import { writeConfig } from "../../lib/runs/run_files.ts";
import { exampleOf, labelMap, ownChoices, withFolder } from "../data/fixtures.ts";

Deno.test("augmentChoice() knows its named sets; none does nothing", async () => {
  assertEquals(augmentSetNames, ["street", "aerial", "medical", "none"]);
  const none = await augmentChoice("none");
  assertEquals(none.recipe, { scale: [1, 1], flip: false, colour: "none", maxClassShare: 1 });
  assertEquals(none.extras, extrasSchema.parse({}));
  const { extras } = await augmentChoice("aerial");
  assert(extras.verticalFlip && extras.quarterTurns && extras.rotate!.degrees === 45);
});

Deno.test("augmentChoice() reads a file, and says where one does not fit", () =>
  withFolder(async (dir) => {
    const path = join(dir, "mine.json");
    const choose = async (value: unknown) => {
      await writeFile(path, JSON.stringify(value));
      return await augmentChoice(path);
    };
    const { recipe, extras } = await choose({ scale: [0.8, 1.2], grey: 0.5 });
    assertEquals(recipe, { scale: [0.8, 1.2] }); // the rest stays as the recipe has it
    assertEquals(extras, { ...extrasSchema.parse({}), grey: 0.5 });
    for (
      const [value, told] of [
        [{ rotation: 5 }, "rotation"],
        [{ rotate: { degrees: 200, p: 0.5 } }, "rotate.degrees"],
        [{ blur: { sigma: 1 } }, "blur.p"],
        [{ grey: 2 }, "grey"],
        [{ copyPaste: { classes: [], p: 1 } }, "copyPaste.classes"],
      ] as const
    ) {
      await assertRejects(() => choose(value), SyntaxError, told);
    }
    await assertRejects(
      () => augmentChoice("streets"),
      RangeError,
      "one of street, aerial, medical, none, or a JSON file of their settings, got no such file",
    );
  }));

Deno.test("extrasOf() finds rare classes, keeps those of a run that goes on, and refuses unknown ones", () =>
  withFolder(async (folder) => {
    const labels = labelMap(40, 40, (x, y) => y > 0 ? x < 20 ? 0 : 1 : 2);
    const train = {
      name: "drawn",
      classes: ["a", "b", "c"],
      palette: [[0, 0, 0], [1, 1, 1], [2, 2, 2]] as const,
      length: 1,
      example: () => Promise.resolve(exampleOf(labels)),
    };
    const recipe = await ownRecipe({ ...ownChoices, crop: 32 }, train);
    const find = (classes: "rare" | string[], resume = false) => {
      const extras = { ...extrasSchema.parse({}), copyPaste: { classes, p: 0.5 } };
      return extrasOf({ folder, config: { ...recipe, extras }, train, resume });
    };
    assertEquals((await find("rare"))!.copyPaste, { classes: ["c"], p: 0.5 });
    assertEquals((await find(["a"]))!.copyPaste!.classes, ["a"]);
    await assertRejects(() => find(["d"]), RangeError, 'one of a, b, c needed, got "d"');
    assertEquals(await extrasOf({ folder, config: recipe, train, resume: false }), null);

    const name = { schema: 1, experiment: "e", run: "r" } as const;
    const kept = { ...extrasSchema.parse({}), copyPaste: { classes: ["b"], p: 0.5 } };
    await writeConfig(folder, { ...name, ...recipe, extras: kept });
    assertEquals((await find("rare", true))!.copyPaste!.classes, ["b"]);
  }));
