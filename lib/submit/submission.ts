import { parse } from "node:path";
import { filesByName, IMAGE_FILE } from "../data/named_files.ts";
import { encodeGrey } from "../images/encode.ts";
import { openPicture } from "../images/picture_file.ts";
import { inFlight } from "../in_flight.ts";
import { segmentAll } from "../segment/many.ts";
import type { PictureModel } from "../segment/picture_model.ts";
import { classDifference } from "../sets/class_list.ts";
import { firstOf } from "../words.ts";
import type { TestServer } from "./servers.ts";
import { writeZip, type ZipEntry } from "./zip_file.ts";

/** Images that are decoded at once: decoding is off the JavaScript thread, which has four others. */
const AT_ONCE = 4;
const SHOWN = 5;

/**
 * The images of a folder and of those in it, in the order of their paths. Another name than the
 * server's images have, one name twice, or no image at all is a RangeError.
 */
export async function listTestImages(server: TestServer, folder: string): Promise<string[]> {
  const { byName } = await filesByName(folder, IMAGE_FILE, { recursive: true });
  const files = [...byName.values()];
  const { title, names, example } = server;
  const refuse = (needed: string, got: string) =>
    new RangeError(
      `Cannot make a submission of ${folder}: ${needed} needed, got ${got}; give the folder ` +
        `${server.folder} as it was published`,
    );
  if (files.length === 0) throw refuse(`images of ${title}`, "none");
  const odd = files.filter((file) => !names.test(parse(file).name));
  if (odd.length > 0) {
    throw refuse(`names like ${example}`, `${odd.length} others (${firstOf(odd)})`);
  }
  const seen = new Set<string>();
  const twice = files.filter((file) => seen.size === seen.add(parse(file).name).size);
  if (twice.length > 0) {
    throw refuse("each image once", `${twice.length} twice (${firstOf(twice)})`);
  }
  return files;
}

/**
 * Decodes all images once, before a network takes hours for them: those that are unreadable, too small
 * for the model or not of the server's size are an error that names them. `done` hears how many were
 * read.
 */
export async function checkTestImages(
  { size }: TestServer,
  model: PictureModel,
  files: readonly string[],
  done: (images: number) => void = () => {},
): Promise<void> {
  const problems: string[] = [];
  let finished = 0;
  const problemOf = (file: string) =>
    checkImage(model, file, size).then(() => null, ({ message }: Error) => message);
  for await (const problem of inFlight(files, AT_ONCE, problemOf)) {
    if (problem !== null) problems.push(problem);
    done(++finished);
  }
  if (problems.length === 0) return;
  const others = problems.length > SHOWN ? [`… and ${problems.length - SHOWN} more`] : [];
  throw new RangeError(
    `Cannot make a submission: a label map of every image needed, got ${problems.length} of ` +
      `${files.length} images that cannot be used\n` +
      [...problems.slice(0, SHOWN), ...others].join("\n"),
  );
}

async function checkImage(
  model: PictureModel,
  file: string,
  size: TestServer["size"],
): Promise<void> {
  const { width, height } = await model.read(file);
  const { header } = await openPicture(file);
  // Pixels as they are stored are the server's: EXIF's orientation would turn the label map.
  if (model.reading.exif !== "ignore" && header.orientation > 1 && header.width === width) {
    throw new RangeError(
      `Cannot use ${file}: an image without an EXIF orientation needed, got orientation ` +
        `${header.orientation}, which would turn its label map; take the image as it was published, ` +
        `or take the orientation out of it`,
    );
  }
  const needed = size ?? header;
  if (width === needed.width && height === needed.height) return;
  throw new RangeError(
    `Cannot use ${file}: ${needed.width}×${needed.height} pixels needed, got ${width}×${height}; ` +
      `take the image as it was published`,
  );
}

/** What is submitted: label maps of images by a model. */
export interface Submission {
  readonly server: TestServer;
  readonly model: PictureModel;
  readonly files: readonly string[];
}

/** The place of a class in the list decides its value: names and order must be the server's. */
export function requireServerClasses(server: TestServer, classes: readonly string[]): void {
  const difference = classDifference(server.classes, classes);
  if (difference === null) return;
  const { title, classes: { length } } = server;
  throw new RangeError(
    `Cannot make a submission to the ${title} server: a model of its ${length} classes in their ` +
      `order needed, got one of ${classes.length}: ${difference}`,
  );
}

/**
 * Writes the zip file of a submission: for each image a grey PNG of its size with the server's values,
 * NAME.png without folders. `path` is whole or as it was before. `done` hears how many are written.
 */
export async function writeSubmission(
  path: string,
  submission: Submission,
  done: (images: number) => void = () => {},
): Promise<void> {
  requireServerClasses(submission.server, submission.model.classes);
  await writeZip(path, labelMaps(submission, done));
}

async function* labelMaps(
  { server: { values }, model, files }: Submission,
  done: (images: number) => void,
): AsyncGenerator<ZipEntry> {
  let written = 0;
  for await (const outcome of segmentAll(model, files)) {
    if ("error" in outcome) throw outcome.error;
    const { labels } = outcome.segmentation;
    const data = labels.data.map((label) => values[label]!);
    yield { name: `${parse(outcome.file).name}.png`, bytes: await encodeGrey({ ...labels, data }) };
    done(++written);
  }
}
