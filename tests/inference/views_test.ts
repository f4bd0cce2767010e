import { assertEquals, assertThrows } from "@std/assert";
import { type Protocol, RATIOS } from "../../lib/families/protocol.ts";
import { familyOf, variantOf } from "../../lib/families/registry.ts";
import { type ProtocolChoice, publishedProtocol } from "../../lib/inference/chosen_protocol.ts";
import { viewsOf } from "../../lib/inference/views.ts";

const single = { multiScale: false, flip: false };

/** A paper's protocol for a model of whatever family. */
function publishedBy(
  paper: string,
  data: string,
  chosen: ProtocolChoice & { readonly window: number },
): Protocol {
  return publishedProtocol(familyOf(paper), data, null, chosen);
}

/** Sizes [h, w] that the network sees at each ratio, windows and strides. */
function seen(protocol: Protocol, h: number, w: number) {
  return viewsOf([h, w], protocol).map(({ size, seen, window, stride }) => ({
    size: size.join("×"),
    seen: seen.join("×"),
    window: window.join("×"),
    stride: stride[0],
  }));
}

// An ADE20K image of 512×683 after segm/config.yml's box (2048, 512): as it is.
Deno.test("publishedProtocol() of Segmenter on ADE20K fits the box and slides by 480", () => {
  const protocol = publishedBy("segmenter", "ade20k", { window: 512, ...single });
  const view = { size: "512×683", seen: "512×683", window: "512×512", stride: 480 };
  assertEquals(seen(protocol, 512, 683), [view]);
  assertEquals(seen(protocol, 256, 341)[0]!.size, "512×682");
});

Deno.test("publishedProtocol() of Segmenter enlarges what a small ratio makes less than a window", () => {
  const choice = { window: 512, multiScale: true, flip: true };
  const views = seen(publishedBy("segmenter", "ade20k", choice), 512, 683);
  assertEquals(views.length, 12);
  assertEquals([views[0]!.size, views[0]!.seen], ["256×342", "512×684"]);
  assertEquals([views[10]!.size, views[10]!.seen], ["896×1195", "896×1195"]);
});

Deno.test("publishedProtocol() of Segmenter has the published boxes of each data set", () => {
  const first = (data: string, window: number, h: number, w: number) =>
    seen(publishedBy("segmenter", data, { window, ...single }), h, w)[0]!;
  assertEquals(first("pascal-context", 480, 375, 500).size, "520×693");
  assertEquals(first("pascal-context", 480, 375, 500).stride, 448);
  assertEquals(first("cityscapes", 768, 1024, 2048).size, "1024×2048");
  assertEquals(first("cityscapes", 768, 1024, 2048).stride, 736);
  assertEquals(first("ade20k", 640, 512, 683).size, "640×854");
  assertEquals(first("camvid", 240, 360, 480).size, "360×480");
});

Deno.test("publishedProtocol() of SegFormer rounds both sides up to multiples of 32", () => {
  const choice = { window: 512, multiScale: true, flip: false };
  const protocol = publishedBy("segformer", "ade20k", choice);
  assertEquals(protocol.ratios, [0.75, 0.875, 1, 1.125, 1.25]);
  assertEquals(seen(protocol, 512, 683).map(({ window }) => window), [
    "384×512",
    "448×608",
    "512×704",
    "576×768",
    "640×864",
  ]);
  assertEquals(
    seen(publishedBy("segformer", "camvid", choice), 360, 480)[2]!.seen,
    "384×480",
  );
});

Deno.test("publishedProtocol() of SegFormer on Cityscapes slides windows of the crop", () => {
  const choice = { window: 1024, multiScale: true, flip: false };
  const protocol = publishedBy("segformer", "cityscapes", choice);
  assertEquals(protocol.ratios, [...RATIOS, 2]);
  const views = seen(protocol, 1024, 2048);
  assertEquals([views[2]!.window, views[2]!.stride], ["1024×1024", 768]);
  assertEquals(views[0]!.window, "512×1024"); // smaller than the crop: as it is
});

Deno.test("publishedProtocol() of SETR keeps the short side at a crop or more", () => {
  const choice = { window: 512, multiScale: true, flip: false };
  const views = seen(publishedBy("setr", "ade20k", choice), 256, 341);
  assertEquals(views.map(({ size }) => size), ["512×682", "512×682", "512×682"]);
  assertEquals(views[0]!.stride, 341);
  const use = { classes: 150, image: 512, dropPath: 0, decoderDropout: 0 };
  const { family, config } = variantOf("SETR-PUP").architecture(use);
  const pup = publishedProtocol(family, "ade20k", config, choice);
  assertEquals(seen(pup, 512, 683).at(-1)!.size, "896×1195");
  const city = publishedBy("setr", "cityscapes", { ...choice, window: 768 });
  assertEquals(seen(city, 1024, 2048).map(({ size }) => size).slice(0, 3), [
    "768×1536",
    "768×1536",
    "1025×2050",
  ]);
});

Deno.test("publishedProtocol() refuses a stride above the window", () => {
  assertThrows(
    () => publishedBy("segmenter", "camvid", { window: 240, stride: 241, ...single }),
    RangeError,
    "at most the window's 240 pixels needed, got 241",
  );
});
