import { inFlight } from "../in_flight.ts";
import type { PictureModel } from "./picture_model.ts";
import type { Segmentation } from "./segmentation.ts";

/** The file that is waited for and the next one. */
const UNDER_WAY = 2;

/** What became of one file of many. */
export type Outcome =
  | { readonly file: string; readonly segmentation: Segmentation }
  /** The file is no picture that the model can take. */
  | { readonly file: string; readonly error: Error };

/** Segments files in their order; the next one is decoded while the network sees one. */
export async function* segmentAll(
  model: PictureModel,
  files: readonly string[],
): AsyncGenerator<Outcome> {
  const read = async (file: string) => ({
    file,
    image: await model.read(file).catch((error: Error) => error),
  });
  for await (const { file, image } of inFlight(files, UNDER_WAY, read)) {
    yield image instanceof Error
      ? { file, error: image }
      : { file, segmentation: await model.segment(image) };
  }
}
