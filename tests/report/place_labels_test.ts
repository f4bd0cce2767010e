import { assert, assertEquals } from "@std/assert";
import { stream } from "../../lib/random.ts";
import { placeLabels, textWidth } from "../../lib/report/place_labels.ts";

Deno.test("placeLabels() lets no label cover another or a point when points are close", () => {
  const random = stream("labels", 3);
  const anchors = Array.from({ length: 30 }, (_, index) => ({
    x: 100 + 500 * random.uniform(),
    y: 60 + 300 * random.uniform(),
    text: `class ${index}`,
  }));
  const area = { left: 0, top: 0, right: 720, bottom: 440 };
  const places = placeLabels(anchors, [], area, 12);
  const half = (index: number) => textWidth(anchors[index]!.text, 12) / 2;
  places.forEach((a, i) => {
    places.slice(0, i).forEach((b, j) => {
      const apart = Math.abs(a.x - b.x) >= half(i) + half(j) || Math.abs(a.y - b.y) >= 14.4;
      assert(apart, `${anchors[i]!.text} covers ${anchors[j]!.text}`);
    });
    for (const { x, y, text } of anchors) {
      const clear = Math.abs(a.x - x) >= half(i) || Math.abs(a.y - y) >= 7.2;
      assert(clear, `${anchors[i]!.text} covers the point of ${text}`);
    }
  });
  assertEquals(placeLabels(anchors, [], area, 12), places);
});

Deno.test("placeLabels() puts a label to the left where there is no room to the right", () => {
  const area = { left: 0, top: 0, right: 100, bottom: 100 };
  const [place] = placeLabels([{ x: 95, y: 50, text: "Seg-T/16" }], [], area, 12);
  assert(place!.x < 95 - textWidth("Seg-T/16", 12) / 2);
  assertEquals([place!.y, place!.far], [50, false]);
});
