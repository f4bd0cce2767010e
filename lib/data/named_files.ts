import { join, sep } from "node:path";
import { listFiles, type Listing } from "../listing.ts";

/**
 * Files of a folder by name: what is left of the file name without its ending, in Unicode's composed
 * form, since a Mac may have spelt the same letters otherwise (e and an accent for é).
 */
export interface NamedFiles {
  readonly dir: string;
  readonly byName: ReadonlyMap<string, string>;
}

/** The names of image files, by the extensions that sharp reads. */
export const IMAGE_FILE = /\.(jpe?g|jfif|png|webp|tiff?|avif|gif)$/i;
/** The formats of images that are read, in words. */
export const READ_FORMATS = "JPEG, PNG, WebP, TIFF, AVIF and GIF";
/** The names of pictures of formats that are not read, so that they are not passed over in silence. */
export const UNREAD_IMAGE_FILE = /\.(bmp|dib|hei[cf]|jp2|j2k|jxl|tga|psd|exr|hdr|p[bgnp]m|pcx)$/i;
/** Whether a file is a picture by its name, of a format that is read or not. */
export function isPicture(file: string): boolean {
  return IMAGE_FILE.test(file) || UNREAD_IMAGE_FILE.test(file);
}

/** The names of label files: only PNG keeps numbers, and palette indices, as they are. */
export const LABEL_FILE = /\.png$/i;

/**
 * The files of a folder, or of the folders in it too, whose names have the ending, sorted. A name
 * with folders reads `city/frame`. Two files of one name are a RangeError.
 */
export async function filesByName(
  dir: string,
  ending: RegExp,
  listing?: Listing,
): Promise<NamedFiles> {
  return named(dir, (await listed(dir, listing)).filter((file) => ending.test(file)), ending);
}

/** Files below a folder by their names without the ending. */
export function named(dir: string, files: readonly string[], ending: RegExp): NamedFiles {
  const byName = new Map<string, string>();
  for (const file of files) {
    const name = nameOf(file, ending);
    const other = byName.get(name);
    if (other !== undefined) {
      const before = other.slice(dir.length + 1);
      const alike = before.normalize() === file.normalize()
        ? ", whose letters are the same in two spellings of Unicode; rename one of them"
        : "";
      throw new RangeError(
        `Cannot list ${dir}: needs one file a name, got ${before} and ${file}${alike}`,
      );
    }
    byName.set(name, join(dir, file));
  }
  return { dir, byName };
}

/** What is left of a path without the ending: its name. */
export function nameOf(file: string, ending: RegExp): string {
  return file.replace(ending, "").replaceAll(sep, "/").normalize("NFC");
}

/** The files that have one of the names and one of the endings. */
export function ofNames(
  names: readonly string[],
  files: readonly string[],
  endings: readonly RegExp[],
): string[] {
  const wanted = new Set(names);
  return files.filter((file) =>
    endings.some((ending) => ending.test(file) && wanted.has(nameOf(file, ending)))
  );
}

/** The files of a folder; one that cannot be read is a RangeError that says so. */
export async function listed(dir: string, listing?: Listing): Promise<readonly string[]> {
  return await listFiles(dir, listing).catch((cause) => {
    const got = cause.code === "ENOENT"
      ? "nothing of that name"
      : cause.code === "ENOTDIR"
      ? "a file"
      : cause.code ?? cause;
    throw new RangeError(`Cannot list ${dir}: needs a folder of files, got ${got}`, { cause });
  });
}
