import { parse } from "node:path";
import { encodeGrey } from "../images/encode.ts";
import { segmentAll } from "../segment/many.ts";
import type { PictureModel } from "../segment/picture_model.ts";
import { classDifference } from "../sets/class_list.ts";
import type { TestServer } from "./servers.ts";
import { writeZip, type ZipEntry } from "./zip_file.ts";

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
