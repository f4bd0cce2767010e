import type { Command } from "commander";
import { type Remedy, remedyOf } from "../../lib/remedy.ts";

/** What a command adds to the message of an error; it names only options that it has. */
type Advice<R> = (remedy: R, flags: Flags) => string;

/** The flags that a command has of these settings: `--checkpoint-every` of "checkpointEvery". */
type Flags = (settings: readonly string[]) => readonly string[];

const advice: { readonly [K in Remedy["kind"]]: Advice<Extract<Remedy, { kind: K }>> } = {
  download: ({ model }) => `; if it is one, get it by \`deno task download ${model}\``,
  downloadData: ({ id }) => `; get it by \`deno task download --dataset ${id}\``,
  finishRun: () => "; go on with it by `deno task train`, the same options and --resume",
  resume: ({ state }) =>
    `; --resume ${state === "finished" ? "leaves it as it is" : "goes on with it"}; ` +
    "or remove the folder",
  sameSettings: ({ settings }, flags) =>
    `; give the same ${[...listed(flags(settings)), "as before"].join(" ")}, or ${another(flags)}`,
  otherFolder: (_, flags) => `; ${another(flags)}`,
  pretrained: () => ": `deno task train --pretrained`",
  checkLabels: () => "\n`deno task check-labels` with the same data looks at all of them",
  describeData: ({ data }) =>
    "; of a folder with images/ and masks/ of the same names " +
    `\`deno task describe ${data} --write FILE.json\` writes a description`,
  evaluatedData: () => "; give that as --data",
  exif: (_, flags) => flags(["exif"]).length > 0 ? " (--exif apply or --exif ignore)" : "",
  faulty: (_, flags) => flags(["faulty"]).length > 0 ? " (--faulty skip)" : "",
  maxPixels: ({ pixels }, flags) =>
    flags(["maxPixels"]).length > 0 ? ` (--max-pixels ${pixels})` : "",
  evaluate: () => "; `deno task evaluate` makes one",
};

const listed = (flags: readonly string[]) => flags.length > 0 ? [flags.join(", ")] : [];
const another = (flags: Flags) => `choose another ${flags(["out"])[0] ?? "folder"}`;

/** The error of a command with what to type against it, where that is known. */
export function advised<E>(error: E, command: Command): E {
  const remedy = remedyOf(error);
  if (remedy === undefined || !(error instanceof Error)) return error;
  const has = new Set(command.options.map(({ long }) => long));
  const flags = (settings: readonly string[]) =>
    settings.map(flagOf).filter((flag) => has.has(flag));
  const help = (advice[remedy.kind] as Advice<Remedy>)(remedy, flags);
  if (help !== "") error.message = error.message.replace(/\.$/, "") + help;
  return error;
}

function flagOf(setting: string): string {
  return `--${setting.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
