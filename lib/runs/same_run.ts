import { createHash } from "node:crypto";
import type { Dataset } from "../data/dataset.ts";
import { ALONE, type Ranks, requireSame } from "../ranks/ranks.ts";
import { savedConfig, type TrainConfig } from "../train/config.ts";
import { VERSIONS } from "./environment.ts";

/** An error on all ranks where they would not train the same: config, data or versions differ. */
export async function requireSameRun(
  { ranks = ALONE, train }: { readonly ranks?: Ranks; readonly train: Dataset },
  config: TrainConfig,
): Promise<void> {
  if (ranks.size === 1) return;
  const { name, classes, length } = train;
  const hash = createHash("sha256");
  for (const index of new Set([0, length - 1])) {
    const { image, labels } = await train.example(index);
    hash.update(image.data).update(labels.data);
  }
  requireSame(ranks, "Cannot train", {
    versions: JSON.stringify(VERSIONS),
    config: JSON.stringify(savedConfig(config)),
    data: `${length} images of ${classes.length} classes, ${name}, ${
      hash.digest("hex").slice(0, 12)
    }`,
  });
}
