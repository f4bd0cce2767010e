import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { submitCommand } from "../../experiments/commands/submit.ts";
import { ade20kClasses } from "../../lib/sets/ade20k.ts";
import { cityscapesClasses } from "../../lib/sets/cityscapes.ts";
import type { Image, LabelMap } from "../../lib/images/image.ts";
import { decodeImage, decodeLabels } from "../../lib/images/decode.ts";
import { encodeImage } from "../../lib/images/encode.ts";
import { pngHeader } from "../../lib/images/png.ts";
import { NetworkPredictor } from "../../lib/inference/predictor.ts";
import { familyOf } from "../../lib/families/registry.ts";
import { publishedProtocol } from "../../lib/inference/chosen_protocol.ts";
import { openPictureModel } from "../../lib/segment/picture_model.ts";
import { checkTestImages, writeSubmission } from "../../lib/submit/submission.ts";
import { testServers } from "../../lib/submit/servers.ts";
import { openModel } from "../../lib/models/open.ts";
import { pattern, withFolder, writeFiles } from "../data/fixtures.ts";
import { unzipped } from "../submit/unzipped.ts";
import { writeServerModel } from "../segment/server_model.ts";
import { printedBy, warnedBy } from "./tiny_data.ts";
import { assertSame } from "../same.ts";

/** A tiny model for each server, written once. */
const models = await mkdtemp(join(tmpdir(), "seglab-submit-"));
globalThis.addEventListener("unload", () => Deno.removeSync(models, { recursive: true }));
const [adeModel, cityModel] = [join(models, "ade"), join(models, "city")];
for (const [dir, list] of [[adeModel, ade20kClasses], [cityModel, cityscapesClasses]] as const) {
  await mkdir(dir);
  // As the published checkpoints of ADE20K write it.
  await writeServerModel(dir, list.map(([name]) => name === "bed" ? "bed " : name));
}

const submit = (model: string, server: string, images: string, out: string, ...more: string[]) => {
  const args = ["--server", server, "--images", images, "--out", out, "--threads", "1", ...more];
  return submitCommand().parseAsync([model, ...args], { from: "user" });
};

/** The label maps of a submission by their names, each a grey PNG of 8 bits. */
async function submitted(zip: string, dir: string): Promise<Map<string, LabelMap>> {
  const maps = new Map<string, LabelMap>();
  for (const { name, bytes } of await unzipped(zip)) {
    const header = pngHeader(bytes);
    assertEquals([header?.bits, header?.type], [8, 0], name);
    const file = join(dir, "decoded.png");
    await writeFile(file, bytes);
    const { width, height, data } = await decodeLabels(file);
    maps.set(name, { width, height, data: new Uint8Array(data) });
  }
  return maps;
}

Deno.test("submit writes ADE20K's label maps by the chosen protocol, and counts them", () =>
  withFolder(async (dir) => {
    const images: Readonly<Record<string, Image>> = {
      ADE_test_00000002: pattern(90, 70),
      ADE_test_00003489: pattern(64, 100),
    };
    for (const [name, image] of Object.entries(images)) {
      await writeFiles(dir, { [`images/testing/${name}.png`]: await encodeImage(image) });
    }
    const out = join(dir, "new", "ade.zip");
    const left = join(dir, "new", ".0123456789abcdef.partial"); // by a submission that was killed
    await writeFiles(dir, { "new/.0123456789abcdef.partial": "half an archive" });
    await utimes(left, 0, 0);
    const run = () =>
      submit(adeModel, "ade20k", join(dir, "images"), out, "--protocol", "segformer", "--flip");
    let printed = "";
    const warned = await warnedBy(async () => printed = await printedBy(run));
    assertEquals(printed, `${out}\n2 label maps`);
    assertStringIncludes(warned, "scaled down: the window is 64 pixels");
    assertStringIncludes(
      warned,
      "the ADE20K server expects label maps of its 3,352 test images, got 2 images",
    );
    assertEquals(await readdir(join(dir, "new")), ["ade.zip"]);

    const opened = await openModel(adeModel);
    const choice = { window: 64, multiScale: false, flip: true };
    const protocol = publishedProtocol(familyOf("segformer"), "ade20k", null, choice);
    const predictor = new NetworkPredictor({ ...opened, protocol, threads: 1 });
    const maps = await submitted(out, dir);
    assertEquals([...maps.keys()], ["ADE_test_00000002.png", "ADE_test_00003489.png"]);
    for (const [name, image] of Object.entries(images)) {
      const { labels } = await predictor.predict(image);
      const values = labels.data.map((label) => label + 1);
      assertSame(maps.get(`${name}.png`), { ...labels, data: values });
      assert(new Set(values).size > 2, "a map of few classes shows nothing");
    }
  }));

Deno.test("writeSubmission() writes Cityscapes' label ids when labels are train ids", () =>
  withFolder(async (dir) => {
    const file = join(dir, "berlin_000000_000019_leftImg8bit.png");
    await writeFile(file, await encodeImage(pattern(128, 64)));
    const model = await openPictureModel(cityModel, { threads: 1 });
    const server = { ...testServers.cityscapes, size: { width: 128, height: 64 } };
    await checkTestImages(server, model, [file]);
    const out = join(dir, "city.zip");
    await writeSubmission(out, { server, model, files: [file] });
    const { labels } = await model.segment(file);
    // cityscapesScripts, helpers/labels.py: the ids of train ids 0 to 18.
    const ids = [7, 8, 11, 12, 13, 17, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 31, 32, 33];
    const expected = { ...labels, data: labels.data.map((label) => ids[label]!) };
    const maps = await submitted(out, dir);
    assertSame([...maps], [["berlin_000000_000019_leftImg8bit.png", expected]]);
    assert(new Set(expected.data).size > 2, "a map of few classes shows nothing");
  }));

Deno.test("submit refuses what the server would refuse before it begins", () =>
  withFolder(async (dir) => {
    const frame = "berlin_000000_000019_leftImg8bit.png";
    const photo = await encodeImage(pattern(64, 64));
    await writeFiles(dir, {
      [`city/berlin/${frame}`]: photo,
      "ade/ADE_test_00000001.png": photo,
      "none/readme.txt": "",
      "odd/berlin/berlin_000000_000019_gtFine_color.png": photo,
      [`twice/a/${frame}`]: photo,
      [`twice/b/${frame}`]: photo,
    });
    const cases = [
      [adeModel, "cityscapes", "city", "a.zip", "a model of its 19 classes in their order needed"],
      [cityModel, "ade20k", "ade", "a.zip", "got one of 19: without floor, tree, ceiling, bed,"],
      [cityModel, "cityscapes", "none", "a.zip", "images of Cityscapes needed, got none"],
      [
        cityModel,
        "cityscapes",
        "nowhere",
        "a.zip",
        "needs a folder of files, got nothing of that name",
      ],
      [
        cityModel,
        "cityscapes",
        "odd",
        "a.zip",
        "names like berlin_000000_000019_leftImg8bit.png needed, got 1 others (",
      ],
      [adeModel, "ade20k", "city", "a.zip", "names like ADE_test_00000001.jpg needed"],
      [cityModel, "cityscapes", "twice", "a.zip", "each image once needed, got 1 twice ("],
      [cityModel, "cityscapes", "city", "a.zip", "2048×1024 pixels needed, got 64×64"],
      [cityModel, "cityscapes", "city", "a.tar", "a name that ends with .zip is needed"],
      [cityModel, "coco", "city", "a.zip", "Allowed choices are ade20k, cityscapes"],
    ] as const;
    for (const [model, server, images, out, says] of cases) {
      const run = () => submit(model, server, join(dir, images), join(dir, "out", out));
      await warnedBy(() => assertRejects(run, Error, says));
    }
    assertEquals(await readdir(join(dir, "out")), []);
  }));

Deno.test("submit names every image that cannot be used and writes no zip file", () =>
  withFolder(async (dir) => {
    const names = [1, 2, 3, 4, 5].map((i) => join(dir, "images", `ADE_test_0000000${i}.jpg`));
    const photo = await encodeImage(pattern(90, 70));
    await mkdir(join(dir, "images"));
    await writeFile(names[0]!, photo);
    await writeFile(names[1]!, photo.subarray(0, photo.length / 2));
    await writeFile(names[2]!, "no picture");
    await writeFile(names[3]!, photo);
    const turned = sharp(photo).withMetadata({ orientation: 6 }).jpeg();
    await turned.toFile(names[4]!);
    const out = join(dir, "a.zip");
    await warnedBy(async () => {
      const run = () => submit(adeModel, "ade20k", join(dir, "images"), out);
      const { message } = await assertRejects(run, RangeError, "3 of 5 images that cannot be used");
      for (const name of names.slice(1, 3)) assertStringIncludes(message, `Cannot decode ${name}`);
      assertStringIncludes(message, `Cannot use ${names[4]}: 90×70 pixels needed, got 70×90`);
    });
    assertEquals(await readdir(dir), ["images"]);
  }));

Deno.test("writeSubmission() leaves no file when an image becomes unreadable on the way", () =>
  withFolder(async (dir) => {
    const files = [1, 2].map((i) => join(dir, `ADE_test_0000000${i}.png`));
    for (const file of files) await writeFile(file, await encodeImage(pattern(90, 70)));
    const model = await openPictureModel(adeModel, { threads: 1 });
    await checkTestImages(testServers.ade20k, model, files);
    await rm(files[1]!);
    const submission = { server: testServers.ade20k, model, files };
    const run = () => writeSubmission(join(dir, "a.zip"), submission);
    await assertRejects(run, SyntaxError, `Cannot decode ${files[1]}`);
    assertEquals(await readdir(dir), ["ADE_test_00000001.png"]);
    assertEquals((await decodeImage(files[0]!)).width, 90);
  }));
