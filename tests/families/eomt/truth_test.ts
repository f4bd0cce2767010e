import { assertEquals, assertThrows } from "@std/assert";
import type { EomtConfig } from "../../../lib/families/eomt/eomt.ts";
import { eomtFamily } from "../../../lib/families/eomt/family.ts";
import { NO_OBJECT, objectsOf } from "../../../lib/families/eomt/truth.ts";

const use = { classes: 3, image: 64, dropPath: 0, decoderDropout: 0 };
const config = (objects: number): EomtConfig => ({
  ...eomtFamily.variants["EoMT-T/16"]!.config({ ...use, task: "panoptic" }) as EomtConfig,
  objects,
});
const labels = { shape: [1, 1, 6], data: new Uint8Array(6) };
const segments = [1, 2, 3].map((id) => ({ id, class: id - 1 }));

Deno.test("objectsOf() takes the largest when there are more objects than room", () => {
  const objects = [{ data: Int32Array.of(1, 1, 2, 3, 3, 3), segments }];
  const { map, hot, count } = objectsOf({ labels, objects }, config(2));
  assertEquals([...map.data], [0, 0, NO_OBJECT, 1, 1, 1]);
  assertEquals([...hot.data], [1, 0, 0, 0, 0, 0, 1, 0]);
  assertEquals([...count.data], [2]);
});

Deno.test("objectsOf() finds none when an image has void and groups alone", () => {
  const crowd = [{ id: 1, class: 0, isCrowd: true }];
  const objects = [{ data: Int32Array.of(1, 1, 1, 0, 0, 0), segments: crowd }];
  const { map, hot, count } = objectsOf({ labels, objects }, config(2));
  assertEquals([...map.data], Array(6).fill(NO_OBJECT));
  assertEquals([...hot.data], Array(8).fill(0));
  assertEquals([...count.data], [1], "what the loss is divided by");
});

Deno.test("objectsOf() refuses classes alone when objects are to be learned", () => {
  assertThrows(
    () => objectsOf({ labels }, config(2)),
    RangeError,
    "data that tells objects apart needed, got classes alone",
  );
});
