import { type MatMatrix, readMatMatrix } from "./mat_file.ts";
import { CONTEXT_LABELS, CONTEXT_LAST, contextPng } from "./pascal_context_classes.ts";

/**
 * One MAT file of Pascal Context's trainval.tar.gz (a variable LabelMap [h, w] of 0 to 459) as a
 * label PNG of 0 (background) and 1 to 59; `file` is its name in errors.
 */
export async function contextPngOfMat(bytes: Uint8Array, file: string): Promise<Uint8Array> {
  const matrix = await readMatMatrix(bytes, "LabelMap", file);
  const { rows: height, columns: width } = matrix;
  if (width === 0 || height === 0) {
    throw new RangeError(`Cannot convert ${file}: it needs pixels, got a LabelMap without any`);
  }
  const data = new Uint8Array(width * height);
  for (let x = 0; x < width; x++) {
    for (let y = 0; y < height; y++) data[y * width + x] = labelAt(matrix, x * height + y, file);
  }
  return await contextPng({ width, height, data });
}

function labelAt({ values }: MatMatrix, index: number, file: string): number {
  const label = CONTEXT_LABELS[values[index]!];
  if (label !== undefined) return label;
  throw new RangeError(
    `Cannot convert ${file}: it needs classes from 0 to ${CONTEXT_LAST} in its LabelMap, got ` +
      `${values[index]}`,
  );
}
