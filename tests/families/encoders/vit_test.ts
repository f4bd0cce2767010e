import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { gradients } from "../../../lib/graph/gradients.ts";
import { reshape } from "../../../lib/graph/ops/structure.ts";
import { input, type Tensor } from "../../../lib/graph/tensor.ts";
import { vitClassifier, type VitConfig } from "../../../lib/families/encoders/vit.ts";
import { crossEntropy } from "../../../lib/nn/losses.ts";
import { Scope } from "../../../lib/nn/scope.ts";
import { assertGradients, assertOutput, type Golden, golden } from "../../golden.ts";
import { runGraph } from "../../run_graph.ts";

function configOf({ config }: Golden, distilled: boolean): VitConfig {
  return {
    imageSize: [config.img_size, config.img_size],
    patch: config.patch_size,
    dim: config.embed_dim,
    heads: config.num_heads,
    layers: config.depth,
    distilled,
    eps: config.ln_eps,
    dropout: 0,
    dropPath: 0,
  };
}

/** timm's names of intermediate values and our taps. */
const taps: Readonly<Record<string, string>> = {
  embed: "embed",
  attn0: "blocks.0.attn.weights",
  block0: "block0",
  block1: "block1",
  forward_features: "normed",
};

for (const name of ["timm_vit", "timm_deit_distilled"]) {
  Deno.test(`vitClassifier() gives timm's values and gradients of ${name}`, async () => {
    const file = await golden(name);
    const config = configOf(file, name === "timm_deit_distilled");
    const classes = file.config.num_classes;
    const images = file.tensor("in/images");
    const labels = file.labels();
    const b = images.shape[0]!;
    const net = Scope.build(
      false,
      (p) => vitClassifier(p, input("images", images.shape), config, classes),
    );
    const weights = file.weights();
    assertEquals([...net.parameters.keys()].sort(), [...weights.keys()].sort());

    // The mean cross entropy of images is that of maps of one pixel.
    const pixels = reshape(net.outputs, [b, 1, 1, classes]);
    const loss = crossEntropy(pixels, input("labels", [b, 1, 1], "uint8"));
    const parameters = [...net.parameters];
    const derived = gradients(loss, parameters.map(([, { tensor }]) => tensor));
    const outputs: Record<string, Tensor> = {
      loss,
      logits: net.outputs,
      ...Object.fromEntries(Object.values(taps).map((tap) => [tap, net.taps.get(tap)!])),
      ...Object.fromEntries(parameters.map(([key], i) => [`gradient/${key}`, derived[i]!])),
    };
    const results = await runGraph(outputs, {
      images,
      labels: { shape: [b, 1, 1], data: labels },
      ...Object.fromEntries(weights),
    });

    assertOutput(results.logits!, file.tensor("out/logits_eval"), "logits");
    for (const [reference, tap] of Object.entries(taps)) {
      assertOutput(results[tap]!, file.tensor(`out/${reference}`), reference);
    }
    const reference = file.tensor("out/loss").data[0]!;
    assertAlmostEquals(results.loss!.data[0]!, reference, 2e-5 * reference);
    assertGradients(file, new Map(parameters.map(([key]) => [key, results[`gradient/${key}`]!])));
  });
}

Deno.test("vitClassifier() refuses images when their sides are not whole patches", async () => {
  const config = configOf(await golden("timm_vit"), false);
  const build = () =>
    Scope.build(false, (p) => vitClassifier(p, input("images", [1, 3, 36, 32]), config, 5));
  const error = assertThrows(build, RangeError);
  assertEquals(
    error.message,
    "Cannot cut patches: sides in multiples of 8 needed, got float32[1, 3, 36, 32]",
  );
});
