import { assertEquals } from "@std/assert";
import { ade20kClasses } from "../../lib/sets/ade20k.ts";
import { camvidClasses } from "../../lib/sets/camvid.ts";
import { cityscapesClasses } from "../../lib/sets/cityscapes.ts";
import type { ClassList } from "../../lib/sets/class_list.ts";
import { superClassesOf } from "../../lib/sets/super_classes.ts";

const namesOf = (list: ClassList) => list.map(([name]) => name);

Deno.test("superClassesOf() gives the categories of Cityscapes by train id", () => {
  // The category of each train id in cityscapesScripts, helpers/labels.py.
  assertEquals(superClassesOf(namesOf(cityscapesClasses)), [
    ...["flat", "flat", "construction", "construction", "construction"],
    ...["object", "object", "object", "nature", "nature", "sky", "human", "human"],
    ...["vehicle", "vehicle", "vehicle", "vehicle", "vehicle", "vehicle"],
  ]);
});

Deno.test("superClassesOf() gives a group to each of CamVid's classes", () => {
  const groups = superClassesOf(namesOf(camvidClasses))!;
  assertEquals(groups.length, 11);
  assertEquals(new Set(groups).size, 4);
});

Deno.test("superClassesOf() gives null when the data set has no groups", () => {
  assertEquals(superClassesOf(namesOf(ade20kClasses)), null);
  assertEquals(superClassesOf(["car", "something"]), null);
});
