import type { NDArray } from "../array.ts";
import { assign, formatReport, type LoadReport } from "../checkpoints/assign.ts";
import { type Architecture, declaredBy } from "../families/family.ts";

/** Sides of the image that a network is built for when only its parameters matter. */
const ANY_SIDE = 64;

/** A network's parameters, and what tensors under Seglab's names give to them. */
export function assigned(architecture: Architecture, tensors: ReadonlyMap<string, NDArray>) {
  const { parameters } = declaredBy(architecture, ANY_SIDE);
  const shapes = new Map([...parameters].map(([name, { tensor }]) => [name, tensor.shape]));
  return { parameters, ...assign(tensors, shapes) };
}

/** The values of all parameters; a missing or misshapen one that is used is an error. */
export function completed(
  architecture: Architecture,
  tensors: ReadonlyMap<string, NDArray>,
  beside: readonly string[],
): { weights: Map<string, NDArray>; report: LoadReport } {
  const { parameters, values, report } = assigned(architecture, tensors);
  const isUsed = (name: string) => !parameters.get(name)!.unused;
  const missing = report.missing.filter(isUsed);
  const misshapen = report.misshapen.filter(({ name }) => isUsed(name));
  if (missing.length > 0 || misshapen.length > 0) {
    const list = formatReport({ loaded: [], missing, misshapen, unused: [] });
    const [, ...names] = list.split("\n");
    const needed = [...parameters.keys()].filter(isUsed);
    throw new TypeError(
      `all ${needed.length} parameters of the network needed, got ` +
        `${needed.filter((name) => values.has(name)).length}; ${names.join("\n")}`,
    );
  }
  const odd = report.misshapen.map(({ name }) => name);
  const unused = [...beside, ...report.unused, ...odd];
  return { weights: values, report: { ...report, missing, misshapen, unused } };
}
