import { encode } from "fast-png";
import { join } from "node:path";
import type { Dataset, DiskDataset, Example } from "../../lib/data/dataset.ts";
import { encodeImage } from "../../lib/images/encode.ts";
import { shownImage } from "../../lib/images/shown_bands.ts";
import { scenes } from "../../lib/scenes/scenes.ts";
import { writeAtomically } from "../../lib/files.ts";
import { Photograph } from "../../lib/report/picture.ts";
import { namedFiles } from "../../lib/sets/named.ts";

/** Sides of pictures in pixels. */
export interface Sides {
  readonly width: number;
  readonly height: number;
}

/** *Scenes* of any proportions: as many squares side by side as are needed, cut at the right. */
export function panoramas({ width, height }: Sides, length: number): Dataset {
  const across = Math.ceil(width / height);
  const squares = scenes({ seed: 1, split: "val", length: across * length, size: height });
  return {
    ...squares,
    length,
    async example(index) {
      const parts: Example[] = [];
      for (let k = 0; k < across; k++) parts.push(await squares.example(index * across + k));
      const cut = (planes: Uint8Array[], channels: number) => ({
        width,
        height,
        data: beside(planes, height * channels, height, width * channels),
      });
      return {
        name: `${width}x${height}_${String(index).padStart(6, "0")}`,
        image: cut(parts.map(({ image }) => shownImage(image).data), 3),
        labels: cut(parts.map(({ labels }) => labels.data), 1),
      };
    },
  };
}

/** Grids [rows, from] side by side as one of [rows, to]. */
function beside(grids: readonly Uint8Array[], from: number, rows: number, to: number): Uint8Array {
  const result = new Uint8Array(rows * to);
  for (const [k, grid] of grids.entries()) {
    for (let y = 0; y < rows; y++) {
      const row = grid.subarray(y * from, y * from + Math.min(from, to - k * from));
      result.set(row, y * to + k * from);
    }
  }
  return result;
}

/** The mask of an example and what it holds for each of the scenes' classes. */
interface Mask {
  readonly file: (name: string) => string;
  readonly depth: 8 | 16;
  readonly value: (label: number) => number;
}

interface Layout {
  readonly image: (name: string) => string;
  readonly masks: readonly Mask[];
}

/** Ids of the scenes' classes in Cityscapes: sky, terrain for water, hill and grass, road, … */
const CITY_IDS = [23, 22, 22, 22, 7, 11, 11, 21, 17, 26];
const cityId = (label: number) => CITY_IDS[label]!;
const inCity = (folder: string, ending: string) => (name: string) =>
  join(folder, "val", "made", `made_${name}_${ending}.png`);

/** Where published data sets have their files, in which formats, and how their masks count. */
const layouts = {
  camvid: {
    image: (name) => join("val", `${name}.png`),
    masks: [{ file: (name) => join("valannot", `${name}.png`), depth: 8, value: (c) => c }],
  },
  ade20k: {
    image: (name) => join("images", "validation", `${name}.jpg`),
    masks: [{
      file: (name) => join("annotations", "validation", `${name}.png`),
      depth: 8,
      value: (c) => c + 1,
    }],
  },
  cityscapes: {
    image: inCity("leftImg8bit", "leftImg8bit"),
    masks: [
      { file: inCity("gtFine", "gtFine_labelIds"), depth: 8, value: cityId },
      {
        file: inCity("gtFine", "gtFine_instanceIds"),
        depth: 16,
        value: (c) => cityId(c) < 24 ? cityId(c) : 1000 * cityId(c), // things from 24 on
      },
    ],
  },
} as const satisfies Record<string, Layout>;

/** Data sets whose files can be made. */
export type MadeLayout = keyof typeof layouts;

/** Writes examples of scenes as the files of a published data set, and opens them by its reader. */
export async function madeData(
  layout: MadeLayout,
  folder: string,
  examples: AsyncIterable<Example>,
): Promise<DiskDataset> {
  const { image, masks }: Layout = layouts[layout];
  for await (const example of examples) {
    await writePicture(join(folder, image(example.name)), example);
    for (const { file, depth, value } of masks) {
      const { width, height, data: labels } = example.labels;
      const data = depth === 16 ? Uint16Array.from(labels, value) : labels.map(value);
      const png = encode({ width, height, data, channels: 1, depth });
      await writeAtomically(join(folder, file(example.name)), png);
    }
  }
  return await namedFiles(`${layout}=${folder}`, "val");
}

/** Writes an example's image in the format that the path ends in. */
export async function writePicture(path: string, { image }: Example): Promise<void> {
  await new Photograph(await encodeImage(shownImage(image))).save(path);
}

/** All examples of a data set, one after the other. */
export async function* examplesOf(dataset: Dataset): AsyncGenerator<Example> {
  for (let index = 0; index < dataset.length; index++) yield await dataset.example(index);
}
