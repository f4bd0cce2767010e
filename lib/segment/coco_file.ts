import { cocoAnnotations, cocoCategories, type CocoImage } from "../annotations/written_coco.ts";
import type { Outline } from "../annotations/outlines.ts";
import { writeWhole } from "../files.ts";
import type { ClassKey } from "../images/image.ts";
import { Signing } from "./own_json.ts";

/** Takes the outlines of one picture after the other. */
export type AddOutlines = (
  image: Omit<CocoImage, "id">,
  outlines: readonly Outline[],
) => Promise<void>;

/**
 * Writes one file of COCO's format for all pictures whose outlines `work` adds, whole or not at all;
 * gives what `work` gives.
 */
export async function writeCoco<T>(
  path: string,
  key: ClassKey,
  work: (add: AddOutlines) => Promise<T>,
): Promise<T> {
  return await writeAnnotations(
    path,
    cocoCategories(key),
    (add) =>
      work((image, outlines) =>
        add(image, (imageId, firstId) => cocoAnnotations(outlines, key, imageId, firstId))
      ),
  );
}

/** Takes a picture and what makes its annotations, of its id and of the first one's that they get. */
export type AddAnnotations = (
  image: Omit<CocoImage, "id">,
  entriesOf: (imageId: number, firstId: number) => readonly object[],
) => Promise<void>;

/**
 * Writes a JSON file of images, annotations and categories for all pictures that `work` adds, whole or not
 * at all; gives what `work` gives. Annotations go to the disk as they come.
 */
export async function writeAnnotations<T>(
  path: string,
  categories: readonly object[],
  work: (add: AddAnnotations) => Promise<T>,
): Promise<T> {
  const signing = new Signing();
  const images: CocoImage[] = [];
  let annotations = 0;
  let result: T;
  await writeWhole(path, async (write) => {
    const put = (text: string) => write(new TextEncoder().encode(text));
    const info = { description: "segmented by Seglab" };
    const head = JSON.stringify({ info, licenses: [], categories });
    await put(signing.piece(`${head.slice(0, -1)},"annotations":[`));
    result = await work(async (image, entriesOf) => {
      const id = images.length + 1;
      images.push({ id, ...image });
      const entries = entriesOf(id, annotations + 1);
      if (entries.length === 0) return;
      const text = entries.map((entry) => JSON.stringify(entry)).join(",\n");
      await put(signing.piece(annotations > 0 ? `,\n${text}` : `\n${text}`));
      annotations += entries.length;
    });
    await put(signing.piece(`],"images":${JSON.stringify(images)}`) + signing.end());
  });
  return result!;
}
