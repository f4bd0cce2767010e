import { assert, assertEquals } from "@std/assert";
import type { Dataset } from "../../lib/data/dataset.ts";
import { withObjects } from "../../lib/data/with_objects.ts";
import { scenes } from "../../lib/scenes/scenes.ts";
import { toldApart } from "../../lib/train/told_apart.ts";

const data = scenes({ seed: 1, split: "train", length: 3, size: 64 });

Deno.test("toldApart() leaves stuff out when things alone are learned", async () => {
  const things = withObjects(data).things;
  const told = await toldApart(data, "instance", () => {}).example(0);
  const all = await toldApart(data, "panoptic", () => {}).example(0);
  const segments = all.objects!.segments.filter(({ class: index }) => things[index]);
  assert(segments.length > 0 && segments.length < all.objects!.segments.length);
  assertEquals(told.objects!.segments, segments);
  const left = new Set(told.objects!.data);
  left.delete(0);
  assertEquals([...left].sort(), segments.map(({ id }) => id).sort());
  assertEquals(told.labels, all.labels);
});

Deno.test("toldApart() says how when the data have no ids", () => {
  const said: string[] = [];
  toldApart(data, "panoptic", (text) => void said.push(text));
  assertEquals(said, []);
  const { objects: _, instances: __, ...plain }: Dataset = data;
  toldApart(plain, "panoptic", (text) => void said.push(text));
  assertEquals(said.length, 1);
  assert(said[0]!.includes("as connected components, since the data have no ids of them"));
});
