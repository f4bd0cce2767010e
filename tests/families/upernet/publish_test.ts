import { assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { writeSafetensors } from "../../../lib/checkpoints/safetensors.ts";
import type { NetworkConfig } from "../../../lib/families/family.ts";
import { openModel } from "../../../lib/models/open.ts";
import { publish } from "../../../lib/models/publish.ts";
import { assertOutput, golden, goldenTest } from "../../golden.ts";
import { logitsOfOpened } from "../../models/opened_logits.ts";
import { temporaryFolder } from "../../models/temporary_folder.ts";
import { assertSame } from "../../same.ts";
import { hubWeights, upernetConfigOf } from "./golden_upernet.ts";

const file = await golden("next/swin_upernet");
/** What transformers writes in such a config.json, as far as it matters. */
const hubConfig = {
  model_type: "upernet",
  backbone_config: { model_type: "swin", patch_size: 4, window_size: 7, max_length: 20 },
  pool_scales: [1, 2, 3, 6],
  id2label: Object.fromEntries(
    Array.from({ length: file.config.ncls }, (_, i) => [i, `thing ${i}`]),
  ),
};

/** The file's network as a folder of the Hub, with some of its config.json replaced. */
async function withHubFolder(
  other: Readonly<Record<string, unknown>>,
  use: (path: string) => Promise<void>,
): Promise<void> {
  await using folder = await temporaryFolder();
  await writeSafetensors(join(folder.path, "model.safetensors"), file.weights());
  const config = JSON.stringify({ ...hubConfig, ...other });
  await Deno.writeTextFile(join(folder.path, "config.json"), config);
  await use(folder.path);
}

goldenTest(
  "openModel() opens Hugging Face's UPerNet, and publish() gives it back",
  file,
  async () => {
    await withHubFolder({}, async (path) => {
      const opened = await openModel(path);
      assertEquals(opened.kind, "Hugging Face UPerNet on Swin");
      assertEquals(opened.classes[1], "thing 1");
      const { encoder, ...rest } = upernetConfigOf(file);
      const trained = { ...rest, encoder: { ...encoder, dropPath: 0.1 }, dropout: 0.1 };
      assertEquals<NetworkConfig>(opened.architecture.config, trained);
      const images = file.tensor("in/images");
      assertOutput(await logitsOfOpened(opened, images), file.tensor("out/logits_eval"));

      const published = publish(opened);
      const names = hubWeights(file).keys();
      const tensors = [...published.tensors.keys()].filter((name) => !name.endsWith("_tracked"));
      assertEquals(tensors.sort(), [...names].sort());
      await using folder = await temporaryFolder();
      await writeSafetensors(join(folder.path, published.file), published.tensors);
      for (const [name, text] of Object.entries(published.files)) {
        await Deno.writeTextFile(join(folder.path, name), text);
      }
      const back = await openModel(folder.path);
      assertSame(back.weights, opened.weights);
      assertEquals([back.classes, back.assumed], [opened.classes, []]);
      assertEquals(back.architecture.config, opened.architecture.config);
    });
  },
);

goldenTest("openModel() refuses a UPerNet that computes something else", file, async () => {
  for (
    const other of [
      { pool_scales: [1, 2, 3] },
      { backbone_config: { model_type: "convnext" } },
      { backbone_config: { model_type: "swin", use_absolute_embeddings: true } },
    ]
  ) {
    await withHubFolder(other, async (path) => {
      await assertRejects(() => openModel(path), Error, "to be a UPerNet's on Swin");
    });
  }
});
