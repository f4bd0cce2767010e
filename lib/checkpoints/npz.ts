import type { NDArray } from "../array.ts";
import type { Archive } from "./archive.ts";
import { KeyLimit, maxElements, nameFault } from "./limits.ts";
import { MAX_NPY_HEADER, parseNpy } from "./npy.ts";
import { unreadable } from "./unreadable.ts";

const MAX_BYTES_PER_ELEMENT = 8;

/** Whether an archive holds NumPy arrays and nothing else. */
export function isNpz({ names }: Archive): boolean {
  return names.length > 0 && names.every((name) => name.endsWith(".npy"));
}

/** Reads NumPy's .npz (AugReg, big_vision): arrays as float32 by their names without ".npy". */
export async function readNpz(archive: Archive): Promise<{ tensors: Map<string, NDArray> }> {
  const { path, size } = archive.file;
  const tensors = new Map<string, NDArray>();
  const keys = new KeyLimit((needs, got) => unreadable(path, needs, got));
  let elements = maxElements(size);
  for (const entry of archive.names) {
    const name = entry.slice(0, -".npy".length);
    const wrong = nameFault(name);
    if (wrong) throw unreadable(path, ...wrong);
    keys.take(name);
    const fault = (needs: string, got: string) => unreadable(path, `in ${entry} ${needs}`, got);
    const bytes = await archive.read(entry, MAX_BYTES_PER_ELEMENT * elements + MAX_NPY_HEADER);
    const array = parseNpy(bytes, elements, fault);
    elements -= array.data.length;
    tensors.set(name, array);
  }
  return { tensors };
}
