import type { PictureModel } from "./picture_model.ts";
import type { Segmentation } from "./segmentation.ts";

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
  const read = (file: string) => model.read(file).catch((error: Error) => error);
  let next = files.length > 0 ? read(files[0]!) : undefined;
  for (const [index, file] of files.entries()) {
    const image = await next!;
    next = index + 1 < files.length ? read(files[index + 1]!) : undefined;
    yield image instanceof Error
      ? { file, error: image }
      : { file, segmentation: await model.segment(image) };
  }
}
