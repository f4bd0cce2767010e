import type { NDArray } from "../array.ts";
import type { LoadReport } from "../checkpoints/assign.ts";
import { toSeglab } from "../checkpoints/name_rules.ts";
import type { Architecture, Encoder, NetworkConfig } from "../families/family.ts";
import type { PatchResize } from "../families/recipe.ts";
import { fitChannels } from "./fit_channels.ts";
import { assigned } from "./assigned.ts";
import { holdingOf, networkIn } from "./network_in.ts";

/** Values from a checkpoint for parameters of a network, by Seglab's names. */
export interface Pretrained {
  /** What the checkpoint is, for example "timm ViT". */
  readonly kind: string;
  /** Parameters that have another shape or are not in the checkpoint are not in the map. */
  readonly values: ReadonlyMap<string, NDArray>;
  readonly report: LoadReport;
}

/**
 * First values of a network's parameters: a checkpoint's of its kind of backbone (timm ViT, mit_bX,
 * ResNet …), or of a whole network of its family, where names and shapes fit. Position embeddings
 * [1, extra + n, dim] are resized to the network's grid, kernels as `patches` says, and those of RGB
 * become others' as `fitChannels` says. `objects` are the checkpoint's Python objects,
 * `origin` is what `originOf` says.
 */
export function pretrainedFor(
  architecture: Architecture,
  tensors: ReadonlyMap<string, NDArray>,
  objects?: ReadonlyMap<string, string>,
  origin: NetworkConfig | null = null,
  patches: PatchResize = "none",
): Pretrained {
  const { tensors: inner, outside } = networkIn(tensors, objects);
  const { family: { name, backbone }, config } = architecture;
  const holding = holdingOf(inner.keys());
  const { kind: { title, names } } = holding;
  const isWhole = "family" in holding;
  if (isWhole ? holding.family.name !== name : !takes(backbone.encoder, holding.encoder)) {
    const got = isWhole ? `a ${holding.family.name}` : holding.encoder.title;
    throw new TypeError(
      `Cannot begin ${name} from ${title}: ${backbone.encoder.title} or another ${name} needed, ` +
        `got ${got}`,
    );
  }
  const { tensors: named, unused } = toSeglab(names, inner);
  const prefix = isWhole ? "" : backbone.path;
  const moved = new Map([...named].map(([name, tensor]) => [prefix + name, tensor]));
  backbone.fit?.(moved, config, isWhole ? origin : null, patches);
  fitChannels(moved, architecture);
  const { values, report } = assigned(architecture, moved);
  if (report.misshapen.length > report.loaded.length) throw ofAnotherSize(title, report);
  const ignored = [...unused, ...outside, ...report.unused];
  return { kind: title, values, report: { ...report, unused: ignored } };
}

/** Whether one kind of encoder begins with all that another is published as. */
function takes(own: Encoder, other: Encoder): boolean {
  return other.checkpoints.every((kind) => own.checkpoints.includes(kind));
}

function ofAnotherSize(title: string, { misshapen }: LoadReport): RangeError {
  const [{ name, needed, found }] = misshapen as [LoadReport["misshapen"][number]];
  return new RangeError(
    `Cannot begin from ${title}: a backbone of the same size needed, got ${misshapen.length} ` +
      `tensors of other shapes: ${name} (needs [${needed}], got [${found}]) and others`,
  );
}
