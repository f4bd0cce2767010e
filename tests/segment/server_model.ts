import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { writeSafetensors } from "../../lib/checkpoints/safetensors.ts";
import { ownGolden, ownPath } from "../golden.ts";
import { randomArray } from "../random_array.ts";

/**
 * Fills a folder as Hugging Face's hub has it with the golden SegFormer, whose last layer is replaced
 * by one for these classes; pictures are seen in 64×64 pixels.
 */
export async function writeServerModel(dir: string, classes: readonly string[]): Promise<string> {
  const weights = (await ownGolden("segformer")).weights();
  const dim = weights.get("decode_head.classifier.weight")!.shape[1]!;
  const [last, { length }] = ["decode_head.classifier", classes];
  weights.set(`${last}.weight`, randomArray(`${last}/weight`, [length, dim, 1, 1]));
  weights.set(`${last}.bias`, randomArray(`${last}/bias`, [length]));
  await writeSafetensors(join(dir, "model.safetensors"), weights);
  const config = JSON.parse(await readFile(ownPath("segformer_hub/config.json"), "utf8"));
  const id2label = Object.fromEntries(classes.entries());
  await writeFile(join(dir, "config.json"), JSON.stringify({ ...config, id2label }));
  const preprocessor = {
    image_mean: [0.5, 0.5, 0.5],
    image_std: [0.25, 0.25, 0.25],
    size: { height: 64, width: 64 },
  };
  await writeFile(join(dir, "preprocessor_config.json"), JSON.stringify(preprocessor));
  return dir;
}
