import { assert } from "@std/assert";
import { attentionDistance } from "../../lib/analysis/attention_distance.ts";
import { openModel } from "../../lib/models/open.ts";
import { segment } from "../../lib/segment/segment.ts";
import { pattern } from "../data/fixtures.ts";
import { ownPath } from "../golden.ts";
import { hasDevice } from "./has_device.ts";

Deno.test({
  name: "segment() and analyses say on WebGPU what they say on the processor",
  ignore: !hasDevice,
  fn: async () => {
    const model = await openModel(ownPath("containers/segmenter_small"));
    const photo = pattern(80, 70);
    const devices = ["cpu", "webgpu"] as const;
    const [own, other] = await Promise.all(
      devices.map((device) => segment(model, photo, { device, threads: 1 })),
    );
    const same = own!.labels.data.filter((label, i) => label === other!.labels.data[i]).length;
    assert(same >= 0.999 * own!.labels.data.length, `${same} of ${own!.labels.data.length}`);
    assert(new Set(own!.labels.data).size > 1, "the photo has several classes");

    const [far, near] = await Promise.all(
      devices.map((device) => attentionDistance(model, [photo], { device, threads: 1 })),
    );
    const [a, b] = [far!, near!].map(({ layers }) => layers.flatMap(({ heads }) => [...heads]));
    assert(a!.length > 1 && a!.every((x, i) => Math.abs(x - b![i]!) < 1e-3), `${a} and ${b}`);
  },
});
