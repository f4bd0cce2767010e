import { assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { classGeometry } from "../../lib/analysis/class_geometry.ts";
import { decodedClasses } from "../../lib/analysis/decoded_classes.ts";
import { normalise } from "../../lib/images/normalise.ts";
import { randomArray } from "../random_array.ts";
import { maskModel } from "./mask_model.ts";

const names = ["car", "bicyclist", "sky", "road"];

/** Classes along axes of 64, at lengths that differ. */
function along(rows: readonly (readonly number[])[]) {
  const data = new Float32Array(rows.length * 64);
  rows.forEach((row, i) => data.set(row, 64 * i));
  return { shape: [rows.length, 64], data };
}

Deno.test("classGeometry() finds cosines by hand, within groups and between them", async () => {
  const model = maskModel(names, along([[3, 0], [0.6, 0.8], [0, 2], [0, 0, 1]]));
  const found = await classGeometry(model);
  assertEquals(found.embedded.groups, ["moving objects", "moving objects", "ceiling", "road"]);
  assertAlmostEquals(found.byGroup!.within, 0.6, 1e-6); // car and bicyclist
  assertAlmostEquals(found.byGroup!.between, (0 + 0.8 + 0 + 0 + 0) / 5, 1e-6);
  const { cosines } = JSON.parse(JSON.stringify(found));
  assertEquals(cosines[0], [1, 0.6, 0, 0]);
});

Deno.test("classGeometry() takes groups that are given, and none where nothing is known", async () => {
  const embeddings = along([[1, 0], [1, 0], [0, 1], [0, 1]]);
  const groups = { a: "x", b: "x", c: "y", d: "y" };
  const model = maskModel(["a", "b", "c", "d"], embeddings);
  assertEquals((await classGeometry(model, { groups })).byGroup, { within: 1, between: 0 });
  const without = await classGeometry(model);
  assertEquals([without.embedded.groups, without.byGroup], [null, null]);
  await assertRejects(
    () => classGeometry(model, { groups: { a: "x", b: "x" } }),
    RangeError,
    'a group for each of 4 classes needed, got none for "c" but for a, b',
  );
});

Deno.test("classGeometry() takes what the decoder makes of pictures when there are some", async () => {
  const model = maskModel(names);
  const picture = (seed: number) => {
    const { data } = randomArray(`picture ${seed}`, [16, 16, 3]);
    return { width: 16, height: 16, data: Uint8Array.from(data, (x) => 128 + 50 * x) };
  };
  const pictures = [picture(1), picture(2)];
  const { embedded, images } = await classGeometry(model, { pictures, threads: 1 });
  const inputs = pictures.map((image) => {
    const { shape, data } = normalise(image, model.normalization);
    return { shape: [1, ...shape], data };
  });
  assertEquals(images, 2);
  const expected = await decodedClasses(model.architecture, model.weights, inputs, 1);
  assertEquals(embedded.embeddings, expected);
});

Deno.test("classGeometry() lists checkpoints with class embeddings when the decoder is linear", async () => {
  const model = maskModel(names, undefined, { name: "linear" });
  const error = await assertRejects(
    () => classGeometry(model),
    RangeError,
    "Cannot analyse class embeddings: a checkpoint with class embeddings needed",
  );
  assertEquals(/Seg-T-Mask\/16.*got a small linear, which has none/.test(error.message), true);
});

Deno.test("ClassGeometry draws classes of a group side by side", async () => {
  const model = maskModel(["car", "sky", "pedestrian"], along([[1, 0], [0, 1], [1, 1]]));
  const { cosines } = await (await classGeometry(model)).pictures();
  const [first, last] = ["pedestrian", "sky"].map((name) => cosines!.svg.indexOf(`>${name}<`));
  assertEquals(first! < last!, true);
});
