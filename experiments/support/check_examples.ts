import type { Dataset } from "../../lib/data/dataset.ts";
import { type Progress, progress } from "../../lib/report/progress.ts";

const AT_ONCE = 8;

/**
 * Reads every example once, so that a broken file is found before hours of training and not after.
 * Up to 1 GiB of examples stays in memory, where training reads them again.
 */
export async function checkExamples(dataset: Dataset): Promise<void> {
  const { name, length } = dataset;
  const started = performance.now();
  let bar: Progress | undefined; // only where it takes longer than a second
  try {
    for (let done = 0; done < length; done += AT_ONCE) {
      const count = Math.min(AT_ONCE, length - done);
      await Promise.all(Array.from({ length: count }, (_, i) => dataset.example(done + i)));
      if (!bar && performance.now() - started < 1000) continue;
      bar ??= progress({ title: `reading ${name}`, total: length, done, images: 1 });
      bar.update(done + count);
    }
  } finally {
    bar?.stop();
  }
}
