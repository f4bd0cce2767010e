import { assertEquals } from "@std/assert";
import {
  describedProtocol,
  protocolFor,
  type ProtocolOptions,
} from "../../experiments/commands/protocol_options.ts";
import { openModel } from "../../lib/models/open.ts";
import { ownPath } from "../golden.ts";

const model = await openModel(ownPath("containers/segmenter_small"));

function described(data: string, options: Omit<ProtocolOptions, "threads">): string {
  const all = { threads: 1, ...options };
  return describedProtocol(protocolFor(model, data, all), data, model, all);
}

Deno.test("describedProtocol() says that sizes are scaled down when the window is no published one", () => {
  assertEquals(
    described("ade20k", { protocol: "segformer", window: 64, flip: true }),
    "images fitted into 2048×64, sides rounded up to multiples of 32; seen whole; scale 1; with " +
      "the mirror image\nscaled down: the window is 64 pixels, where segformer on ade20k has 512 " +
      "or 640; scores are not comparable with published ones",
  );
});

Deno.test("describedProtocol() says when a protocol is as published, and when there is none", () => {
  assertEquals(
    described("cityscapes", { protocol: "segmenter", window: 768 }),
    "images fitted into 2048×1024; windows of 768 pixels every 736; scale 1; no mirror image (as " +
      "published for segmenter on cityscapes)",
  );
  assertEquals(
    described("mine", { protocol: "setr", window: 60 }),
    "images of their own size; windows of 60 pixels every 40; scale 1; no mirror image\nsetr has " +
      "no protocol of its own for mine",
  );
  assertEquals(
    described("mine", { window: 60, stride: 30, multiScale: true }),
    "images of their own size; windows of 60 pixels every 30; the mean of scales 0.5, 0.75, 1, " +
      "1.25, 1.5, 1.75; no mirror image",
  );
});
