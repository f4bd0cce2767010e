import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { toPublished } from "../../lib/checkpoints/name_rules.ts";
import { writeSafetensors } from "../../lib/checkpoints/safetensors.ts";
import { officialEomt, officialEomtDinov3 } from "../../lib/families/eomt/checkpoints.ts";
import { hubSegformer } from "../../lib/families/segformer/checkpoints.ts";
import { licenceOf } from "../../lib/models/licence.ts";
import { untrainedModel } from "../../lib/models/untrained.ts";
import { withFolder } from "../data/fixtures.ts";

const key = { classes: ["a", "b"], palette: [[0, 0, 0], [9, 9, 9]] } as const;
const small = { dim: 64, heads: 1, layers: 2, hidden: 128 };

Deno.test("licenceOf() says what restricts the weights' use when their names tell it", () =>
  withFolder(async (dir) => {
    const path = join(dir, "model.safetensors");
    const cases = [
      ["EoMT-S-DINOv3/16", { encoder: small }, officialEomtDinov3, "DINOv3 License"],
      ["EoMT-T/16", { encoder: small }, officialEomt, null],
      ["SegFormer-B0", {}, hubSegformer, "NVIDIA Source Code License"],
    ] as const;
    for (const [variant, network, names, expected] of cases) {
      const { weights } = untrainedModel(variant, key, { window: 64, network });
      await writeSafetensors(path, toPublished(names, weights).tensors);
      const licence = await licenceOf(dir);
      assertEquals(licence?.slice(0, expected?.length) ?? null, expected, variant);
    }
    await Deno.writeTextFile(path, "no checkpoint");
    assertEquals(await licenceOf(dir), null);
  }));
