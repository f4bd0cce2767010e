import type { Dataset } from "../data/dataset.ts";
import { bootstrapDifference } from "../scoring/bootstrap.ts";
import { type ClassTotals, ConfusionMatrix } from "../scoring/confusion.ts";
import type { OnProgress } from "../progress.ts";
import { withRemedy } from "../remedy.ts";
import { type ComparedImage, EvaluationComparison } from "./evaluation_comparison.ts";
import { readPrediction, type StoredEvaluation } from "./stored_evaluation.ts";

/** The same pixels counted twice differ by nothing; a label that has changed moves an mIoU by more. */
const SAME = 1e-9;

/**
 * Compares two evaluations on the same images of a data set. Every image is counted again from its
 * stored predictions, so labels that have changed since are found.
 */
export async function compareEvaluations(
  a: StoredEvaluation,
  b: StoredEvaluation,
  val: Dataset,
  onProgress: OnProgress = () => {},
): Promise<EvaluationComparison> {
  requireSameData(a, b, val);
  const images: ComparedImage[] = [];
  const totals: [ClassTotals[], ClassTotals[]] = [[], []];
  const tell = (done: number) =>
    onProgress({ title: `comparing on ${val.name}`, done, total: val.length, unit: "image" });
  tell(0);
  for (let index = 0; index < val.length; index++) {
    const { name, labels } = await val.example(index);
    requireSameImage(a, name, index);
    const first = await countAgain(a, index, labels.data, val.classes.length);
    const second = await countAgain(b, index, labels.data, val.classes.length);
    totals[0].push(first.totals);
    totals[1].push(second.totals);
    images.push({ name, index, a: first.mIoU, b: second.mIoU });
    tell(index + 1);
  }
  return new EvaluationComparison(a, b, val, images, bootstrapDifference(...totals));
}

function requireSameData(a: StoredEvaluation, b: StoredEvaluation, val: Dataset): void {
  const refusal = (needs: string, got: string) =>
    new RangeError(`Cannot compare ${a.folder} with ${b.folder}: ${needs} needed, got ${got}`);
  const data = [a.scores.data, b.scores.data];
  if (data[0] !== data[1]) throw refusal("evaluations on the same data", data.join(" and "));
  if (data[0] !== val.name) {
    const error = refusal(`the data set ${data[0]}, which they are of,`, val.name);
    throw withRemedy(error, { kind: "evaluatedData" });
  }
  for (const [what, other] of [[b.folder, b.classes], [val.name, val.classes]] as const) {
    const at = a.classes.findIndex((name, i) => name !== other[i]);
    if (at < 0 && other.length === a.classes.length) continue;
    const first = Math.max(at, 0);
    throw refusal(
      `the same classes in the same order as ${a.folder} has (${a.classes.length})`,
      `${other.length} of ${what}` +
        (at < 0 ? "" : `; the first that differ are ${a.classes[first]} and ${other[first]}`),
    );
  }
  const [names, others] = [a, b].map(({ images }) => images.map(({ name }) => name));
  const alone = (one: string[], two: string[]) => one.filter((name) => !two.includes(name));
  const differences = [alone(names!, others!), alone(others!, names!)];
  if (differences.some((list) => list.length > 0)) {
    const list = (names: string[]) =>
      names.slice(0, 3).join(", ") + (names.length > 3 ? ", …" : "") || "none";
    throw refusal(
      "evaluations of the same images",
      `${differences[0]!.length} only in the first (${list(differences[0]!)}) and ` +
        `${differences[1]!.length} only in the second (${list(differences[1]!)})`,
    );
  }
  if (val.length !== a.images.length) {
    throw refusal(
      `the ${a.images.length} images that were evaluated`,
      `${val.length} in ${val.name}`,
    );
  }
}

function requireSameImage(a: StoredEvaluation, name: string, index: number): void {
  if (a.images[index]!.name === name) return;
  throw new RangeError(
    `Cannot compare ${a.folder}: the images that were evaluated needed, got ${name} in the place ` +
      `of ${a.images[index]!.name}`,
  );
}

interface Counted {
  readonly totals: ClassTotals;
  readonly mIoU: number;
}

async function countAgain(
  { folder, images }: StoredEvaluation,
  index: number,
  labels: Uint8Array,
  classes: number,
): Promise<Counted> {
  const { name, mIoU: stored } = images[index]!;
  const prediction = await readPrediction(folder, name);
  const confusion = new ConfusionMatrix(classes);
  try {
    confusion.add(prediction.data, labels);
  } catch (cause) {
    throw new RangeError(`Cannot compare ${name} of ${folder}: ${(cause as Error).message}`, {
      cause,
    });
  }
  const { mIoU } = confusion.metrics();
  if (Number.isNaN(mIoU) ? stored === null : Math.abs(mIoU - (stored ?? NaN)) < SAME) {
    return { totals: confusion.totals(), mIoU };
  }
  throw new RangeError(
    `Cannot compare ${name} of ${folder}: the labels that it was evaluated on needed (mIoU ` +
      `${stored}), got others (mIoU ${mIoU}); evaluate again`,
  );
}
