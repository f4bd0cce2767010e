import { existsSync } from "node:fs";
import { join } from "node:path";
import { rareClasses } from "../data/class_balance.ts";
import { type Extras, extrasSchema } from "../data/extras.ts";
import { type BalanceTask, countsOf } from "./class_weights.ts";
import { readConfig } from "./run_files.ts";

/**
 * What a run's augmentation does besides the published pipeline, with rare classes by their names: those in
 * config.json where the run goes on, or else those of the images that it trains on.
 */
export async function extrasOf(task: BalanceTask): Promise<Extras | null> {
  const { folder, config: { extras = null }, train, resume, onMessage } = task;
  if (extras === null) return null;
  const { copyPaste } = extras;
  if (copyPaste?.classes !== "rare") {
    requireClasses(copyPaste?.classes ?? [], train.classes);
    return extrasSchema.parse(extras);
  }
  if (resume && existsSync(join(folder, "config.json"))) {
    const kept = extrasSchema.safeParse((await readConfig(folder))["extras"]);
    if (kept.success) return { ...extras, copyPaste: kept.data.copyPaste };
  }
  const classes = rareClasses(await countsOf(task)).map((index) => train.classes[index]!);
  onMessage?.(
    classes.length === 0
      ? "No class is rare: nothing is copied from other images"
      : `Rare classes, which are copied from other images: ${classes.join(", ")}`,
  );
  return extrasSchema.parse({
    ...extras,
    copyPaste: classes.length ? { ...copyPaste, classes } : null,
  });
}

function requireClasses(names: readonly string[], known: readonly string[]): void {
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw new RangeError(
    `Cannot copy classes from other images: one of ${known.join(", ")} needed, got "${unknown}"`,
  );
}
