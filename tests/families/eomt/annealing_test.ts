import { maskProbability } from "../../../lib/families/eomt/annealing.ts";
import { assertWithin, golden, goldenTest } from "../../golden.ts";

const file = await golden("next/train_helpers");
goldenTest(
  "maskProbability() is EoMT's at each step and block",
  file.part("out/eomt_attn_mask_probs"),
  () => {
    const { starts, ends, n } = file.config.annealing;
    const found = Array.from(
      { length: n },
      (_, step) =>
        starts.map((start: number, block: number) => maskProbability(step, start, ends[block])),
    )
      .flat();
    assertWithin(found, file.tensor("out/eomt_attn_mask_probs").data, 1e-6, "probabilities");
  },
);
