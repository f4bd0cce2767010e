/** CVAT for images 1.1 as CVAT 2.24 exports it (docs.cvat.ai, format-cvat). */
import { assertEquals, assertRejects } from "@std/assert";
import { FaultyError } from "../../lib/data/sound.ts";
import { namedFiles } from "../../lib/sets/named.ts";
import { withFolder } from "../data/fixtures.ts";
import { drawing, writeSet } from "./written_sets.ts";

const xml = (images: string) =>
  `<?xml version="1.0" encoding="utf-8"?>
<annotations>
  <version>1.1</version>
  <meta>
    <job>
      <id>7</id>
      <size>2</size>
      <labels>
        <label><name>roof</name><color>#fa3253</color><type>any</type><attributes></attributes></label>
        <label><name>tree &amp; bush</name><color>#34d1b7</color><type>any</type><attributes></attributes></label>
      </labels>
    </job>
    <dumped>2026-10-01 10:00:00.000000+00:00</dumped>
  </meta>
${images}
</annotations>
`;
const image = (name: string, subset: string, shapes: string) =>
  `  <image id="0" name="${name}" subset="${subset}" task_id="3" width="8" height="6">${shapes}
  </image>`;
const polygon = (label: string, points: string, z = 0) =>
  `\n    <polygon label="${label}" source="manual" occluded="0" points="${points}" z_order="${z}">
    </polygon>`;

Deno.test("CVAT XML: shapes lie by z_order, and subsets are the splits", () =>
  withFolder(async (dir) => {
    const shapes = polygon("roof", "1.00,1.00;3.00,1.00;3.00,3.00;1.00,3.00", 0) +
      polygon("tree &amp; bush", "0.00,0.00;4.00,0.00;4.00,4.00;0.00,4.00", 1) + `
    <box label="roof" source="manual" occluded="0" xtl="6.00" ytl="0.00" xbr="8.00" ybr="2.00" z_order="0">
      <attribute name="id">1</attribute>
    </box>
    <mask label="roof" source="manual" occluded="0" rle="1, 2, 1" left="6" top="4" width="2" height="2" z_order="0">
    </mask>
    <points label="roof" source="manual" occluded="0" points="1.0,1.0" z_order="0">
    </points>`;
    await writeSet(dir, ["images/Train/ä b.png", "images/Validation/c.png"], {
      "annotations.xml": xml(image("ä b.png", "Train", shapes) + image("c.png", "Validation", "")),
    });
    const data = await namedFiles(dir, "train");
    assertEquals(data.classes, ["background", "roof", "tree & bush"]);
    assertEquals(data.palette.slice(1), [[250, 50, 83], [52, 209, 183]]);
    assertEquals(await drawing(data), [
      "22220011",
      "22220011",
      "22220000",
      "22220000",
      "00000001",
      "00000010",
    ]);
    assertEquals(data.source.faults!.map(({ entry, text }) => `${entry}: ${text}`), [
      "1 × points of ä b.png: they have no area and are left out",
    ]);
    assertEquals((await namedFiles(dir, "val")).length, 1);
  }));

Deno.test("CVAT XML: wrong entries are named, and wrong XML by its line", () =>
  withFolder(async (dir) => {
    const shapes = polygon("roof", "1.00,1.00;3.00,1.00") + polygon("car", "1,1;3,1;3,3") +
      `<mask label="roof" rle="1, 2" left="6" top="4" width="2" height="2"></mask>` +
      `<ellipse label="roof" cx="3" cy="3"></ellipse>`;
    await writeSet(dir, ["a.png", "b.png"], {
      "annotations.xml": xml(image("a.png", "Train", shapes) + image("b.png", "Validation", "")),
      "broken/annotations.xml": "<annotations><image></annotations>",
    });
    const { source } = await assertRejects(
      () => namedFiles(`${dir}/annotations.xml`, "train"),
      FaultyError,
    ) as FaultyError;
    assertEquals(source.faults!.map(({ entry, text }) => `${entry}: ${text}`), [
      "polygon 1 (roof) of a.png: a polygon of 2 points",
      "polygon 2 (car) of a.png: no label is called car",
      "ellipse 1 (roof) of a.png: a ellipse without its numbers",
      "mask 1 (roof) of a.png: runs of 3 pixels for 2×2 (4)",
    ]);
    await assertRejects(
      () => namedFiles(`${dir}/broken`, "train"),
      SyntaxError,
      "needs to be XML, got in line 1",
    );
  }));
