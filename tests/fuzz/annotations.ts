/** Damaged files of labelling tools, opened as `--data` opens them, with what cannot be drawn left out. */
import { dirname } from "node:path";
import { checkObjects } from "../../lib/images/objects.ts";
import { namedFiles } from "../../lib/sets/named.ts";
import { greyPng, labelMap } from "../data/fixtures.ts";
import { writePng } from "../images/png_writer.ts";
import { type JsonCase, jsonTarget } from "./jsons.ts";
import { type Files, type Target, Wrong } from "./target.ts";

const NONE = { width: 0, height: 0, data: new Int32Array(), segments: [] };
const image = greyPng(labelMap(8, 6, (x) => x));
const photos: Files = new Map(["a", "b", "c"].map((name) => [`images/${name}.png`, image]));
const files = ["a.png", "b.png", "c.png"];
const size = { width: 8, height: 6 };
const triangle = [1, 1, 6, 1, 6, 5];

const coco = {
  images: files.map((file_name, id) => ({ id, file_name, ...size })),
  annotations: [
    { id: 1, image_id: 0, category_id: 1, segmentation: [triangle], iscrowd: 0 },
    { id: 2, image_id: 1, category_id: 2, segmentation: { size: [6, 8], counts: "=240g0" } },
    { id: 3, image_id: 2, category_id: 2, segmentation: { size: [6, 8], counts: [36, 6, 6] } },
  ],
  categories: [{ id: 1, name: "roof" }, { id: 2, name: "tree" }],
};
const panoptic = {
  images: coco.images,
  annotations: files.map((file_name, image_id) => ({
    ...{ file_name, image_id },
    segments_info: [{ id: 1, category_id: 1 }, { id: 2, category_id: 2, iscrowd: 1 }],
  })),
  categories: [{ id: 1, name: "roof", isthing: 1 }, { id: 2, name: "grass", isthing: 0 }],
};
const samples = Array.from({ length: 144 }, (_, i) => i % 3 === 0 ? i % 2 + 1 : 0);
const idMap = writePng({ ...size, bits: 8, type: 2, samples, interlaced: false });
const ids: Files = new Map(files.map((file) => [`panoptic/${file}`, idMap] as const));
const studio = files.map((file, id) => ({
  id,
  data: { image: `/data/upload/1/${file}` },
  annotations: [{
    result: [{
      id: "r",
      type: "polygonlabels",
      original_width: 8,
      original_height: 6,
      value: { points: [[0, 0], [50, 0], [50, 50]], polygonlabels: ["roof"] },
    }, {
      id: "b",
      type: "brushlabels",
      original_width: 8,
      original_height: 6,
      value: { format: "rle", rle: [0, 0, 0, 192, 57, 27, 255, 0, 1, 2], brushlabels: ["tree"] },
    }],
  }],
}));
const described = {
  name: "mine",
  annotations: "coco.json",
  classes: ["background", "roof", { name: "tree", colour: [1, 2, 3] }],
  unlabelled: "background",
  overlap: "area",
  val: 0.34,
  seed: 1,
  groupBy: "^(.)",
};
const xml = `<?xml version="1.0" encoding="utf-8"?>
<annotations><version>1.1</version><meta><job><labels><label><name>roof</name><color>#fa3253</color>
</label></labels></job></meta>${
  files.map((name) =>
    `<image id="0" name="${name}" width="8" height="6"><polygon label="roof" points="1,1;6,1;6,5" ` +
    `z_order="0"></polygon><mask label="roof" rle="1, 2, 1" left="6" top="4" width="2" height="2">` +
    `</mask><ellipse label="roof" cx="3" cy="3" rx="2" ry="1" rotation="30"></ellipse></image>`
  ).join("\n")
}</annotations>`;
const encoded = (text: string) => new TextEncoder().encode(text);
const yolo = "names:\n  0: roof\n  1: tree\npath: .\ntrain: images\nval: images\n";
const labels = new Map(
  files.map((file) =>
    [`labels/${file.replace("png", "txt")}`, encoded("0 0.1 0.1 0.9 0.1 0.9 0.9\n")] as const
  ),
);
const masks: Files = new Map(
  files.map((file) => [`masks/${file}`, greyPng(labelMap(8, 6, (x) => x % 2))] as const),
);

async function read(path: string): Promise<void> {
  const places = { published: dirname(path), base: dirname(path) };
  const data = await namedFiles(path, "train", places, { faulty: "skip" });
  const count = data.classes.length;
  if (count < 2 || data.palette.length !== count) throw new Wrong(`${data.classes} as classes`);
  for (let i = 0; i < data.length; i++) {
    const { labels } = await data.example(i);
    checkObjects(await data.objects?.(i) ?? NONE, count, "Cannot be right");
    const wrong = labels.data.find((label) => label >= count && label !== 255);
    if (wrong !== undefined) throw new Wrong(`the label ${wrong} of ${count} classes`);
  }
}

const beside = photos;
const cases: readonly JsonCase[] = [
  { path: "coco/coco.json", text: JSON.stringify(coco) },
  { path: "ids/panoptic.json", text: JSON.stringify(panoptic), beside: ids },
  { path: "studio/export.json", text: JSON.stringify(studio) },
  {
    path: "described/mine.json",
    text: JSON.stringify(described),
    beside: new Map([["coco.json", encoded(JSON.stringify(coco))]]),
  },
  { path: "cvat/annotations.xml", text: xml },
  { path: "yolo/data.yaml", text: yolo, beside: labels },
  {
    path: "table/class_dict.csv",
    text: "name,r,g,b\nroof,0,0,0\ntree,1,1,1\n",
    beside: masks,
  },
].map((one) => ({
  ...one,
  beside: new Map(
    [...beside, ...one.beside ?? []].map((
      [path, bytes],
    ) => [`${dirname(one.path)}/${path}`, bytes]),
  ),
  read,
}));

/** Files of labelling tools: what they name lies beside them. */
export function annotations(): Target {
  return jsonTarget("annotations", cases);
}
