/** WebGPU for the tests: a GPU's, or the processor's Vulkan where vulkan.sh has unpacked it. */
import { existsSync } from "node:fs";
import { input } from "../../lib/graph/tensor.ts";
import { Program } from "../../lib/runtime/program.ts";

const DRIVER = new URL("../../.vulkan/icd.json", import.meta.url).pathname;
if (existsSync(DRIVER)) Deno.env.set("VK_ICD_FILENAMES", DRIVER);

/** Whether programs run on WebGPU here; where they do not, its tests are left out. */
export const hasDevice = await Program.compile({ y: input("x", [2]) }, {
  provider: "webgpu",
  threads: 1,
})
  .then((program) => program.release())
  .then(() => true, () => false);
