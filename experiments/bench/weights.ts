import { join } from "node:path";
import { writeSafetensors } from "../../lib/checkpoints/safetensors.ts";
import { writeAtomically } from "../../lib/files.ts";
import { declaredBy } from "../../lib/families/family.ts";
import { initialize } from "../../lib/nn/init.ts";
import { normalizations } from "../../lib/families/recipe.ts";
import { windowProtocol } from "../../lib/families/protocol.ts";
import { publish } from "../../lib/models/publish.ts";
import { architectureOf, type Case } from "./cases.ts";

/** Where the two sides of a comparison find the same random weights. */
export interface Weights {
  /** A safetensors file under Seglab's names. */
  readonly seglab: string;
  /** The same file, or a folder of a network that transformers reads. */
  readonly torch: string;
}

/**
 * Writes a network's random weights into a folder. Those of a SegFormer predict the first `likely` of
 * the classes only: a photo has ten or so, random weights find seventy in it.
 */
export async function writeWeights(
  one: Case,
  folder: string,
  likely: number = one.classes,
): Promise<Weights> {
  const architecture = architectureOf(one);
  const weights = initialize(declaredBy(architecture, one.side).parameters, 0);
  weights.get("decode_head.linear_pred.bias")?.data.fill(-100, likely);
  const seglab = join(folder, "weights.safetensors");
  await writeSafetensors(seglab, weights);
  if (architecture.family.publishing?.reader !== "transformers") return { seglab, torch: seglab };
  const classes = Array.from({ length: one.classes }, (_, i) => `class ${i}`);
  const palette = classes.map(() => [0, 0, 0] as const);
  const windows = { window: one.side, stride: one.side };
  const protocol = windowProtocol({ base: null, ...windows });
  const normalization = normalizations.imagenet;
  const network = { architecture, weights, classes, palette, normalization, protocol, ...windows };
  const hub = publish(network);
  for (const [name, text] of Object.entries(hub.files)) {
    await writeAtomically(join(folder, name), text);
  }
  await writeSafetensors(join(folder, hub.file), hub.tensors, { metadata: { format: "pt" } });
  return { seglab, torch: folder };
}
