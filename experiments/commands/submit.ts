/** `deno task submit`: the file that a test server takes, of a model's label maps. */
import { type Command, InvalidArgumentError, Option } from "commander";
import { dirname } from "node:path";
import { removePartialsIn } from "../../lib/files.ts";
import { makeWritable } from "../../lib/writable_folder.ts";
import { PictureModel } from "../../lib/segment/picture_model.ts";
import {
  checkTestImages,
  listTestImages,
  requireServerClasses,
  writeSubmission,
} from "../../lib/submit/submission.ts";
import { testServers } from "../../lib/submit/servers.ts";
import { openModel } from "../../lib/models/open.ts";
import { locatedModel } from "./located_model.ts";
import { userPath } from "./paths.ts";
import { displaying, main, newCommand } from "./command.ts";
import {
  describedProtocol,
  protocolFor,
  type ProtocolOptions,
  withProtocolOptions,
} from "./protocol_options.ts";
import { describedExif } from "./reading_options.ts";
import { print, printError } from "./print.ts";

const HOUR = 3_600_000; // milliseconds

interface Options extends ProtocolOptions {
  readonly server: keyof typeof testServers;
  readonly images: string;
  readonly out: string;
}

/** The command; its help says the defaults. */
export function submitCommand(): Command {
  const command = newCommand("submit")
    .description(
      "Makes the zip file that the test server of ADE20K or Cityscapes takes: a grey PNG with the " +
        "server's values for each image.",
    )
    .argument("<model>", "the folder of a run, or what `segment --model` takes")
    .addOption(
      new Option("--server <name>", "whose server").choices(Object.keys(testServers))
        .makeOptionMandatory(),
    )
    .requiredOption(
      "--images <folder>",
      "the test images: release_test/testing, or leftImg8bit/test",
      userPath,
    )
    .requiredOption("--out <file>", "the zip file", zipPath);
  return withProtocolOptions(command).action(submit);
}

async function submit(name: string, options: Options): Promise<void> {
  const { out, images, threads } = options;
  const server = testServers[options.server];
  const files = await listTestImages(server, images);
  const opened = await openModel(await locatedModel(name));
  requireServerClasses(server, opened.classes);
  const protocol = protocolFor(opened, options.server, options);
  const model = new PictureModel({ ...opened, protocol, threads });
  const exif = describedExif({}, opened.reading);
  if (exif !== null) printError(exif);
  printError(describedProtocol(protocol, options.server, opened, options));
  await makeWritable(dirname(out));
  await removePartialsIn(dirname(out), HOUR); // others may be writing into the same folder
  if (files.length !== server.images) {
    const expected = server.images.toLocaleString("en");
    printError(
      `Warning: the ${server.title} server expects label maps of its ${expected} test images, got ` +
        `${files.length} images in ${images}; it may refuse the file`,
    );
  }
  await shown("reading images", files, (done) => checkTestImages(server, model, files, done));
  const submission = { server, model, files };
  await shown("segmenting", files, (done) => writeSubmission(out, submission, done));
  print(`${out}\n${files.length} label maps`);
}

/** Shows the progress of work on files. */
async function shown(
  title: string,
  { length: total }: readonly string[],
  work: (done: (files: number) => void) => Promise<void>,
): Promise<void> {
  await displaying(async (display) => {
    const tell = (done: number) => display.show({ title, done, total, unit: "image" });
    tell(0);
    await work(tell);
  });
}

function zipPath(path: string): string {
  if (path.toLowerCase().endsWith(".zip")) return userPath(path);
  throw new InvalidArgumentError("a name that ends with .zip is needed");
}

if (import.meta.main) await main(submitCommand());
