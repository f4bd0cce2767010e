import { join } from "node:path";
import { isFolder } from "../files.ts";

/** The folders by which the layout of a data set is known. */
export interface Layout {
  /** What is opened, for the error: "ADE20K's train split". */
  readonly title: string;
  /** Folders below the root that may hold the data set, "" for the root itself. */
  readonly within: readonly string[];
  /** What it holds. */
  readonly folders: readonly string[];
  /** What to do where it is not there. */
  readonly advice: string;
}

/** The first place at or below `root` that holds all folders of a layout, or else a RangeError. */
export async function findLayout(root: string, layout: Layout): Promise<string> {
  const { title, within, folders, advice } = layout;
  const absent = new Map<string, readonly string[]>();
  for (const place of within.map((folder) => join(root, folder))) {
    const there = await Promise.all(folders.map((folder) => isFolder(join(place, folder))));
    const lacking = folders.filter((_, i) => !there[i]).map((folder) => join(place, folder));
    if (lacking.length === 0) return place;
    absent.set(place, lacking);
  }
  const nearest = [...absent.values()].sort((a, b) => a.length - b.length)[0]!;
  const got = await isFolder(root) ? nearest.join(" and no ") : root;
  throw new RangeError(
    `Cannot open ${title}: needs the folders ${folders.join(" and ")} ` +
      `in ${within.map((folder) => join(root, folder)).join(" or ")}, got no ${got}; ${advice}`,
  );
}
