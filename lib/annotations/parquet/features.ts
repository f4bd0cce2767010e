import { z } from "zod";

/** The types of a data set's columns by name, as the `datasets` library writes them into its files. */
export type Features = Readonly<Record<string, unknown>>;

const writtenSchema = z.object({
  info: z.object({ features: z.record(z.string(), z.unknown()) }),
});
const typeSchema = z.object({ _type: z.string() });
const classLabel = z.object({
  _type: z.literal("ClassLabel"),
  names: z.array(z.string().min(1)).min(2),
});
const listed = z.union([
  z.tuple([z.unknown()]).transform(([one]) => one),
  z.object({
    _type: z.enum(["Sequence", "List", "LargeList"]),
    feature: z.unknown(),
  }).transform(({ feature }) => feature),
]);

/** Reads the features out of what `datasets` wrote into a file; none where another wrote it. */
export function featuresOf(written: string | undefined): Features {
  try {
    return writtenSchema.parse(JSON.parse(written ?? "{}")).info.features;
  } catch {
    return {};
  }
}

/** Whether a column may be of images: one of sounds is stored in the same way. */
export function mayBeImage(features: Features, column: string): boolean {
  const parsed = typeSchema.safeParse(features[column]);
  return !parsed.success || parsed.data._type === "Image";
}

/**
 * The names of the classes in a picture, by the only column that lists classes of a row; undefined
 * where there is none, or several. A single class of a row is the picture's and none of its pixels'.
 */
export function listedClasses(
  features: Features,
): { readonly column: string; readonly names: readonly string[] } | undefined {
  const found = Object.entries(features).flatMap(([column, feature]) => {
    const list = listed.safeParse(feature);
    const label = list.success ? classLabel.safeParse(list.data) : undefined;
    return label?.success ? [{ column, names: label.data.names }] : [];
  });
  return found.length === 1 ? found[0] : undefined;
}
