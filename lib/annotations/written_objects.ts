import type { Instance } from "../images/instances.ts";
import { encodeImage } from "../images/encode.ts";
import { areaOfRuns, boxOfRuns, runsOfObjects } from "../images/mask_runs.ts";
import type { ObjectKey, Objects } from "../images/objects.ts";
import { compressedText } from "./run_lengths.ts";

/** The categories of COCO's panoptic format: a class's id is its index counted from 1. */
export function panopticCategories({ classes, palette, things }: ObjectKey) {
  return classes.map((name, index) => ({
    id: index + 1,
    name,
    supercategory: "",
    isthing: things[index] ? 1 : 0,
    color: palette[index],
  }));
}

/** Objects as the bytes of COCO's PNG of ids: red + 256 green + 65536 blue, black where there are none. */
export async function panopticPng({ width, height, data: ids }: Objects): Promise<Uint8Array> {
  const data = new Uint8Array(3 * ids.length);
  ids.forEach((id, i) => {
    data[3 * i] = id & 255;
    data[3 * i + 1] = (id >> 8) & 255;
    data[3 * i + 2] = id >> 16;
  });
  return await encodeImage({ width, height, data });
}

/** An image's entry in COCO's panoptic format; `file` is the name of its PNG. Only what has pixels is in it. */
export function panopticEntry(objects: Objects, imageId: number, file: string) {
  const runs = runsOfObjects(objects);
  return {
    image_id: imageId,
    file_name: file,
    segments_info: objects.segments.filter(({ id }) => runs.has(id)).map((segment) => ({
      id: segment.id,
      category_id: segment.class + 1,
      area: areaOfRuns(runs.get(segment.id)!),
      bbox: boxOfRuns(runs.get(segment.id)!),
      iscrowd: segment.isCrowd ? 1 : 0,
      ...segment.score !== undefined && { score: rounded(segment.score) },
    })),
  };
}

/**
 * Instances as annotations of COCO's format with run lengths, ids from `firstId` on. Categories are those
 * of `panopticCategories`; the list is what pycocotools' loadRes takes for results.
 */
export function instanceEntries(
  instances: readonly Instance[],
  imageId: number,
  firstId: number,
) {
  return instances.map(({ class: index, mask, isCrowd, score }, i) => ({
    id: firstId + i,
    image_id: imageId,
    category_id: index + 1,
    segmentation: { size: [mask.height, mask.width], counts: compressedText(mask.counts) },
    area: areaOfRuns(mask),
    bbox: boxOfRuns(mask),
    iscrowd: isCrowd ? 1 : 0,
    ...score !== undefined && { score: rounded(score) },
  }));
}

/** Six digits, as the published code writes scores. */
function rounded(score: number): number {
  return Math.round(score * 1e6) / 1e6;
}
