import { assertEquals } from "@std/assert";
import { hasDevice } from "./has_device.ts";

Deno.test({
  name: "every golden network has its reference's values and gradients on WebGPU",
  ignore: !hasDevice,
  fn: async () => {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["test", "-A", "--no-check", "--quiet", "tests/families/"],
      env: { SEGLAB_PROVIDER: "webgpu", NO_COLOR: "1" },
    }).output();
    const said = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("");
    assertEquals(code, 0, said.slice(said.indexOf(" ERRORS ")));
  },
});
