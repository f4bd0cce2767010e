import { Command, CommanderError, InvalidArgumentError } from "commander";
import { type ProgressDisplay, progressDisplay } from "../../lib/report/progress.ts";
import process from "node:process";
import { advised } from "./advice.ts";
import { isSilent, printError } from "./print.ts";
import { shellWord } from "./shell.ts";
import { Stopped } from "./stopping.ts";

type Action = Parameters<Command["action"]>[0];

/** What goes wrong in the library is told with what to type. */
class AdvisingCommand extends Command {
  override action(act: Action): this {
    return super.action(async (...args) => {
      try {
        await act.apply(this, args);
      } catch (error) {
        throw advised(error, this);
      }
    });
  }
}

/** A command that throws where it is used wrongly, instead of ending the process. */
export function newCommand(name: string): Command {
  return new AdvisingCommand(name).exitOverride().configureOutput({ writeErr: () => {} });
}

/** Does work that shows its progress on standard error. */
export async function displaying<T>(work: (display: ProgressDisplay) => Promise<T>): Promise<T> {
  const shown = progressDisplay();
  const display = isSilent() ? { ...shown, show: () => {} } : shown;
  try {
    return await work(display);
  } finally {
    display.stop();
  }
}

/** Runs a command on the process's arguments; an error is one line, without a stack, and exits 1. */
export async function main(command: Command): Promise<void> {
  try {
    await command.parseAsync(Deno.args, { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return; // --help
    if (error instanceof Stopped) {
      printError(error.message + goingOn(command));
      process.exit(error.exitCode);
    }
    printError(`Error: ${messageOf(error, command)}`);
    process.exit(1); // at once: batches may be under way; what listens to "exit" cleans up
  }
}

/** What to type to go on with what was stopped, where the command can. */
function goingOn(command: Command): string {
  if (!isOption("--resume", command)) return "";
  const args = [...Deno.args.filter((arg) => arg !== "--resume"), "--resume"];
  return `; go on with \`deno task ${command.name()} ${args.map(shellWord).join(" ")}\``;
}

function messageOf(error: unknown, command: Command): string {
  if (!(error instanceof CommanderError)) {
    return error instanceof Error ? error.message : String(error);
  }
  const what = error.message.replace(/^error: |\.$/g, "").replace(
    /\n\(Did you mean (.*)\?\)/,
    ", $1?",
  );
  const flags = command.options.map(({ flags }) => flags).join(", ");
  const unknown = error.code === "commander.missingMandatoryOptionValue"
    ? Deno.args.find((arg) => arg.startsWith("--") && !isOption(arg, command))
    : undefined;
  const also = unknown === undefined ? "" : `, and unknown option '${unknown}'`;
  return `Cannot run ${command.name()}: ${what}${also}; it is \`deno task ${command.name()} ` +
    `${command.usage()}\` with ${flags}, --help`;
}

/** Commander looks for options that miss before it looks at those that it does not know. */
function isOption(arg: string, { options }: Command): boolean {
  return options.some(({ long }) => long === arg.split("=")[0]);
}

/** Reads an option's text as a whole number from `least` on. */
export function whole(least: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (/^\d+$/.test(text) && Number.isSafeInteger(number) && number >= least) return number;
    throw new InvalidArgumentError(`a whole number from ${least} on is needed`);
  };
}

/** Reads an option's text as a number above 0. */
export function positive(text: string): number {
  const number = Number(text);
  if (number > 0 && Number.isFinite(number)) return number;
  throw new InvalidArgumentError("a number above 0 is needed");
}
