import { likeness, type PictureHash, pictureHash } from "../images/difference_hash.ts";
import type { DiskSource } from "../data/dataset.ts";
import { inFlight } from "../in_flight.ts";
import { ofLongWork, type OnProgress } from "../progress.ts";
import type { Finding } from "./problem.ts";

/** What of a data set is looked at. */
type Photos = Pick<DiskSource, "name" | "pairs" | "reading">;

interface HashedFile extends PictureHash {
  readonly path: string;
}

const AT_ONCE = 4;

/**
 * Validation images of which training has the same file under another name, or a picture that looks alike:
 * saved again, resized, or the next frame of a video. Two warnings at most, and nothing of files that
 * cannot be read.
 */
export async function copyFindings(
  train: Photos,
  val: Photos,
  onProgress: OnProgress = () => {},
): Promise<Finding[]> {
  const total = train.pairs.length + val.pairs.length;
  const tell = ofLongWork(onProgress);
  let done = 0;
  const hashesOf = async ({ pairs, reading = {} }: Photos) => {
    const found: HashedFile[] = [];
    const hashOf = async (path: string) =>
      await pictureHash(path, reading).then((hash) => ({ path, ...hash })).catch(() => null);
    const paths = pairs.map(({ image }) => image);
    for await (const hash of inFlight(paths, AT_ONCE, hashOf)) {
      if (hash) found.push(hash);
      tell({ title: "looking for copies", done: ++done, total, unit: "image" });
    }
    return found;
  };
  const [learned, measured] = [await hashesOf(train), await hashesOf(val)];
  const lines: Record<"same" | "near", string[]> = { same: [], near: [] };
  for (const photo of measured) {
    const alike = learned.map((other) => ({ other, how: likeness(photo, other) }));
    const found = alike.find(({ how }) => how === "same") ??
      alike.find(({ how }) => how === "near");
    if (found?.how) lines[found.how].push(`${photo.path} and ${found.other.path} in train`);
  }
  const findings: Finding[] = [
    {
      severity: "warning",
      title: "images of val that are in train under another name, byte by byte",
      advice: "scores on them say nothing; take them out of one of the two",
      lines: lines.same,
    },
    {
      severity: "warning",
      title: "images of val that look like one of train: saved again, resized, or the next frame",
      advice: 'scores on them say little; keep what belongs together in one split ("groupBy", ' +
        "or --group-by of describe)",
      lines: lines.near,
    },
  ];
  return findings.filter(({ lines }) => lines.length > 0);
}
