import type { NDArray } from "../array.ts";
import type { Archive } from "./archive.ts";
import { parseNpy } from "./npy.ts";
import { unreadable } from "./unreadable.ts";

/** Whether an archive holds NumPy arrays and nothing else. */
export function isNpz({ names }: Archive): boolean {
  return names.length > 0 && names.every((name) => name.endsWith(".npy"));
}

/** Reads NumPy's .npz (AugReg, big_vision): arrays as float32 by their names without ".npy". */
export async function readNpz(archive: Archive): Promise<{ tensors: Map<string, NDArray> }> {
  const tensors = new Map<string, NDArray>();
  for (const name of archive.names) {
    const bytes = await archive.read(name);
    const fault = (needs: string, got: string) =>
      unreadable(archive.file.path, `in ${name} ${needs}`, got);
    tensors.set(name.slice(0, -".npy".length), parseNpy(bytes, fault));
  }
  return { tensors };
}
