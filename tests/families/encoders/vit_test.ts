import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { gradients } from "../../../lib/graph/gradients.ts";
import { reshape } from "../../../lib/graph/ops/structure.ts";
import { input, type Tensor } from "../../../lib/graph/tensor.ts";
import { vitClassifier } from "../../../lib/families/encoders/vit.ts";
import { crossEntropy } from "../../../lib/nn/losses/cross_entropy.ts";
import { Scope } from "../../../lib/nn/scope.ts";
import {
  assertGradients,
  assertOutput,
  type Golden,
  goldenFamily,
  goldenTest,
  ownGolden,
} from "../../golden.ts";
import { runGraph } from "../../run_graph.ts";
import { vitOf } from "./golden_vit.ts";

/** The tap that must equal an intermediate value of timm's, if we have one. */
function tapOf(name: string): string | undefined {
  if (name === "forward_features") return "normed";
  if (/^(embed|block\d+)$/.test(name)) return name;
  const [, block] = name.match(/^attn(\d+)$/) ?? [];
  return block && `blocks.${block}.attn.weights`;
}

async function compare(file: Golden): Promise<void> {
  const config = vitOf(file);
  const classes = file.config.num_classes;
  const images = file.tensor("in/images");
  const labels = file.labels();
  const b = images.shape[0]!;
  const x = input("images", images.shape);
  const net = Scope.build(false, (p) => vitClassifier(p, x, config, classes));
  const weights = file.weights();
  assertEquals([...net.parameters.keys()].sort(), [...weights.keys()].sort());

  // The mean cross entropy of images is that of maps of one pixel.
  const pixels = reshape(net.outputs, [b, 1, 1, classes]);
  const loss = crossEntropy(pixels, input("labels", [b, 1, 1], "uint8"));
  const parameters = [...net.parameters];
  const derived = gradients(loss, parameters.map(([, { tensor }]) => tensor));
  const tapped = file.names("out/").filter(tapOf);
  const outputs: Record<string, Tensor> = {
    loss,
    logits_eval: net.outputs,
    ...Object.fromEntries(tapped.map((name) => [name, net.taps.get(tapOf(name)!)!])),
    ...Object.fromEntries(parameters.map(([key], i) => [`gradient/${key}`, derived[i]!])),
  };
  const results = await runGraph(outputs, {
    images,
    labels: { shape: [b, 1, 1], data: labels },
    ...Object.fromEntries(weights),
  });

  for (const name of ["logits_eval", ...tapped]) {
    assertOutput(results[name]!, file.tensor(`out/${name}`), name);
  }
  const reference = file.tensor("out/loss").data[0]!;
  assertAlmostEquals(results.loss!.data[0]!, reference, 2e-5 * reference);
  assertGradients(file, new Map(parameters.map(([key]) => [key, results[`gradient/${key}`]!])));
}

for (const file of await goldenFamily("timm")) {
  goldenTest(
    `vitClassifier() gives timm's values and gradients of ${file.file}`,
    file,
    async () => {
      await compare(file);
    },
  );
}

Deno.test("vitClassifier() refuses images when their sides are not whole patches", async () => {
  const config = vitOf(await ownGolden("timm_vit"));
  const build = () =>
    Scope.build(false, (p) => vitClassifier(p, input("images", [1, 3, 36, 32]), config, 5));
  const error = assertThrows(build, RangeError);
  assertEquals(
    error.message,
    "Cannot cut patches: sides in multiples of 8 needed, got float32[1, 3, 36, 32]",
  );
});
