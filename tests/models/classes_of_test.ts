import { assertEquals, assertThrows } from "@std/assert";
import { ade20kClasses } from "../../lib/sets/ade20k.ts";
import { vocColour } from "../../lib/images/voc_colour.ts";
import { pascalVocClasses } from "../../lib/sets/pascal_voc.ts";
import { classesOf } from "../../lib/models/classes_of.ts";

Deno.test("classesOf() knows data sets by the number of their classes", () => {
  for (
    const [count, first, last] of [
      [19, "road", "bicycle"],
      [21, "background", "tvmonitor"],
      [59, "aeroplane", "wood"],
      [60, "background", "wood"],
      [150, "wall", "flag"],
      [171, "person", "wood"],
    ] as const
  ) {
    const { classes, palette } = classesOf(count, {});
    assertEquals([classes[0], classes.at(-1)], [first, last]);
    assertEquals([classes.length, palette.length, new Set(classes).size], [count, count, count]);
  }
  assertEquals(classesOf(150, {}).assumed, ["the classes of ADE20K, which has 150"]);
});

Deno.test("classesOf() numbers classes when no data set has as many", () => {
  const { classes, palette, assumed } = classesOf(3, {});
  assertEquals(classes, ["class 0", "class 1", "class 2"]);
  assertEquals(palette, [[128, 0, 0], [0, 128, 0], [128, 128, 0]]);
  assertEquals(assumed.length, 1);
});

Deno.test("classesOf() takes the checkpoint's names and colours when it has them", () => {
  const names = ade20kClasses.map(([name]) => name.toUpperCase());
  const { classes, palette, assumed } = classesOf(150, { names });
  assertEquals([classes[0], palette[0], assumed], ["WALL", [120, 120, 120], []]);
  const own = classesOf(1, { names: ["a"], palette: [[1, 2, 3]] });
  assertEquals(own, { classes: ["a"], palette: [[1, 2, 3]], assumed: [] });
});

Deno.test("classesOf() is a RangeError when names or colours are not as many", () => {
  assertThrows(() => classesOf(2, { names: ["a"] }), RangeError, "2 class names");
  assertThrows(() => classesOf(2, { palette: [[0, 0, 0]] }), RangeError, "2 colours");
});

Deno.test("vocColour() gives Pascal VOC's colours", () => {
  assertEquals(
    pascalVocClasses.map(([, colour]) => colour),
    pascalVocClasses.map((_, i) => vocColour(i)),
  );
});
