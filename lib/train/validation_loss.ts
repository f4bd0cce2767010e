import type { NDArray } from "../array.ts";
import { augment } from "../data/augment.ts";
import { atLongSide } from "../data/at_long_side.ts";
import type { Dataset } from "../data/dataset.ts";
import { type Architecture, inputChannels, modelOf } from "../families/family.ts";
import { input } from "../graph/tensor.ts";
import { Scope } from "../nn/scope.ts";
import { stream } from "../random.ts";
import { Program } from "../runtime/program.ts";
import { value } from "../runtime/value.ts";
import { augmentationOf, lossOf, type TrainConfig } from "./config.ts";

/**
 * The training loss of a network's weights on a crop of each example, at the config's working size and without
 * augmentation; each crop counts the same. Null where the loss has targets that only training finds.
 */
export async function validationLoss(
  architecture: Architecture,
  weights: ReadonlyMap<string, NDArray>,
  examples: Dataset,
  config: TrainConfig,
): Promise<number | null> {
  const { crop, threads } = config;
  const model = modelOf(architecture);
  const images = input("images", [1, inputChannels(architecture), crop, crop]);
  const labels = input("labels", [1, crop, crop], "uint8");
  const { outputs: { loss, matching } } = Scope.build(
    false,
    (p) => model.objective(model.build(p, images), labels, lossOf(config)),
  );
  if (matching) return null;
  const program = await Program.compile({ loss }, { provider: "cpu", threads, weights });
  const plain = {
    scale: [1, 1],
    flip: false,
    colour: "none",
    maxClassShare: 1,
    extras: null,
  } as const;
  const seen = atLongSide(examples, config.resize);
  let total = 0;
  for (let i = 0; i < examples.length; i++) {
    const example = await seen.example(i);
    const random = stream(`validation/${i}`, config.seed);
    const sample = augment(example, { ...augmentationOf(config), ...plain }, random);
    const { loss } = await program.run({
      images: value(sample.image.data, [1, ...sample.image.shape]),
      labels: value(sample.labels.data, [1, crop, crop]),
    });
    total += (loss!.data as Float32Array)[0]!;
  }
  await program.release();
  return total / examples.length;
}
