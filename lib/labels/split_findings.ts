import { HOLD_OUT } from "../data/apart.ts";
import type { Finding } from "./problem.ts";

/** What a split lacks of the classes, by their images in training and validation. */
export function classFindings(
  classes: readonly string[],
  train: readonly number[],
  val: readonly number[],
): Finding[] {
  const named = (lacks: (index: number) => boolean) => classes.filter((_, index) => lacks(index));
  const unlearned = named((i) => train[i] === 0 && val[i]! > 0);
  const unmeasured = named((i) => val[i] === 0 && train[i]! > 0);
  const findings: Finding[] = [
    {
      severity: "warning",
      title: "classes in val that training lacks",
      advice:
        "nothing can learn them, and each counts as 0 in the mean; put images of them into train",
      lines: unlearned,
    },
    {
      severity: "warning",
      title: "classes of which val has no image",
      advice: "they are not measured; label more images of them, or hold out another share",
      lines: unmeasured,
    },
  ];
  return findings.filter(({ lines }) => lines.length > 0);
}

/** Images that stand in both splits. */
export function sharedFindings(images: readonly string[]): Finding[] {
  if (images.length === 0) return [];
  return [{
    severity: "error",
    title: "images that are both in train and in val, whose scores say nothing",
    advice: HOLD_OUT,
    lines: images,
  }];
}
