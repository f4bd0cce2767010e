import { assertEquals, assertStringIncludes } from "@std/assert";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp, { type Sharp } from "sharp";
import type { Pair } from "../../lib/data/pairs.ts";
import { likeness, pictureHash } from "../../lib/images/difference_hash.ts";
import { encodeImage } from "../../lib/images/encode.ts";
import { copyFindings } from "../../lib/labels/copies.ts";
import { withFolder } from "../data/fixtures.ts";
import { writeScenes } from "./mask_files.ts";

const pairOf = (image: string): Pair => ({ name: image, image, labels: image });
const photos = (name: string, images: readonly string[]) => ({ name, pairs: images.map(pairOf) });

Deno.test("copyFindings() names files of val that train has, and pictures that look alike", () =>
  withFolder(async (dir) => {
    const learned = (await writeScenes(join(dir, "train"), 12)).map(({ image }) => image);
    const measured = (await writeScenes(join(dir, "val"), 8, "val")).map(({ image }) => image);
    const train = photos("train", learned);
    assertEquals(await copyFindings(train, photos("val", measured)), []);

    const [same, near, none] = ["same.png", "near.jpg", "none.png"].map((name) => join(dir, name));
    await writeFile(same!, await readFile(learned[3]!));
    const half = sharp(learned[5]).resize(32, 32).modulate({ brightness: 1.2 });
    await writeFile(near!, await half.jpeg({ quality: 80 }).toBuffer());
    await writeFile(none!, "no picture");
    const findings = await copyFindings(train, photos("val", [...measured, same!, near!, none!]));
    assertEquals(findings.map(({ severity, lines }) => [severity, ...lines]), [
      ["warning", `${same} and ${learned[3]} in train`],
      ["warning", `${near} and ${learned[5]} in train`],
    ]);
    assertStringIncludes(findings[0]!.title, "byte by byte");
  }));

Deno.test("likeness() knows a picture again that was saved anew, and takes no other for it", () =>
  withFolder(async (dir) => {
    const [first, second] = (await writeScenes(dir, 2)).map(({ image }) => image);
    const original = await pictureHash(first!);
    const changed = async (change: (picture: Sharp) => Sharp) => {
      const path = join(dir, "changed");
      await writeFile(path, await change(sharp(first)).toBuffer());
      return likeness(original, await pictureHash(path));
    };
    assertEquals(likeness(original, original), "same");
    assertEquals(await changed((one) => one.jpeg({ quality: 30 })), "near");
    assertEquals(await changed((one) => one.resize(256, 256).webp()), "near");
    assertEquals(await changed((one) => one.greyscale().png()), "near");
    assertEquals(await changed((one) => one.flop().png()), null);
    assertEquals(likeness(original, await pictureHash(second!)), null);
  }));

Deno.test("likeness() says nothing of pictures that are next to uniform", () =>
  withFolder(async (dir) => {
    const hashes = await Promise.all([10, 200].map(async (value) => {
      const path = join(dir, `${value}.png`);
      const data = new Uint8Array(3 * 40 * 30).fill(value);
      await writeFile(path, await encodeImage({ width: 40, height: 30, data }));
      return await pictureHash(path);
    }));
    assertEquals(likeness(hashes[0]!, hashes[1]!), null);
  }));
