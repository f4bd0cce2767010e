import { checkpointTargets } from "./checkpoints.ts";
import type { Target } from "./target.ts";

/** The name of the target for label PNGs, which alone needs sharp's native code. */
export const PNG_TARGET = "label png";

/** All that is fuzzed. */
export async function allTargets(): Promise<Target[]> {
  return [...await checkpointTargets(), await pngTarget()];
}

/** The target of a name. Native code is loaded for the one that needs it alone. */
export async function targetOf(name: string | undefined): Promise<Target> {
  const targets = name === PNG_TARGET ? [await pngTarget()] : await checkpointTargets();
  const target = targets.find((target) => target.name === name);
  if (target) return target;
  throw new RangeError(`Cannot fuzz: the name of a target needed, got ${name}`);
}

async function pngTarget(): Promise<Target> {
  return (await import("./pngs.ts")).pngTarget;
}
