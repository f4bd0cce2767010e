/**
 * Kills commands at random moments, and looks whether anything is lost:
 *
 *     deno run -A tests/kills.ts 100 --seed 1
 *
 * 100 kills, by SIGKILL, go to train, evaluate, segment, prepare and download in turn. After each one
 * the inputs and all finished outputs must be as those of a command that nobody killed, and a command
 * that goes on after them must end in the same bytes. Two minutes for ten, twenty for 100, on two cores.
 */
import { createHash } from "node:crypto";
import { lstat, mkdir, readdir, readFile, readlink, rm, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { stream } from "../lib/random.ts";
import { encodeImage } from "../lib/images/encode.ts";
import { tinyTraining, writeTinyData } from "./commands/tiny_data.ts";
import { pattern, withFolder } from "./data/fixtures.ts";
import { HubServer } from "./hub/hub_server.ts";
import { image, mask, writeZip } from "./prepare/archives.ts";

const commands = fileURLToPath(new URL("../experiments/commands/", import.meta.url));

/** A command that is killed. */
interface Victim {
  readonly name: string;
  /** Its arguments for an output folder. */
  readonly args: (out: string) => readonly string[];
  readonly env?: (out: string) => Readonly<Record<string, string>>;
  /** Outputs that take their name when they are whole, which a kill may leave away and not change. */
  readonly whole: RegExp;
  /** What may differ or remain in the end. */
  readonly aside: RegExp;
}

/** What came of all kills of a command. */
export interface Outcome {
  readonly name: string;
  readonly kills: number;
  /** Those that came before the command was through. */
  readonly inTime: number;
  /** Commands that went on to the end, and were compared. */
  readonly compared: number;
}

/** Kills each command `kills / 5` times; what is lost is an error that says which file. */
export async function killAll(
  kills: number,
  seed: number,
  onOutcome: (outcome: Outcome) => void = () => {},
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  await withFolder(async (dir) => {
    const inputs = join(dir, "inputs");
    await using hub = await prepareInputs(inputs);
    const victims = victimsOf(inputs, hub.address);
    const [train] = victims;
    const trained = await finish(train!, inputs); // what evaluate and segment use
    const before = await hashes(inputs);
    for (const [i, victim] of victims.entries()) {
      const own = Math.floor((kills + victims.length - 1 - i) / victims.length);
      const room = join(dir, victim.name);
      const milliseconds = victim === train ? trained : await finish(victim, join(room, "whole"));
      const expected = await hashes(outOf(victim, victim === train ? inputs : join(room, "whole")));
      const random = stream(`kills/${victim.name}`, seed);
      const delays = Array.from({ length: own }, () => random.uniform() * milliseconds);
      const outcome = await killOne(victim, join(room, "killed"), delays, expected);
      outcomes.push(outcome);
      onOutcome(outcome);
      requireSame(before, await hashes(inputs), /^$/, `the inputs of ${victim.name}`);
    }
  });
  return outcomes;
}

async function prepareInputs(inputs: string): Promise<HubServer> {
  await mkdir(join(inputs, "photos"), { recursive: true });
  await writeTinyData(inputs);
  for (let i = 0; i < 6; i++) {
    const bytes = await encodeImage(pattern(64 + i, 48));
    await writeFile(join(inputs, "photos", `${i}.png`), bytes);
  }
  const pairs = Array.from({ length: 200 }, (_, i) => [
    [`CamVid/val/${i}.png`, image],
    [`CamVid/valannot/${i}.png`, mask(i % 11)],
  ]).flat();
  await writeZip(join(inputs, "camvid.zip"), Object.fromEntries(pairs));
  const weights = new Uint8Array(4_000_000).map((_, i) => (i * i) >> 5);
  const server = new HubServer({
    "a/b": { files: { "config.json": "{}", "model.safetensors": weights } },
  });
  server.faults.pause = 10;
  return server;
}

function victimsOf(inputs: string, hub: string): readonly Victim[] {
  const data = join(inputs, "tiny.json");
  const model = join(inputs, "out");
  const threads = ["--threads", "1"];
  const steps = ["--steps", "8", "--checkpoint-every", "2"];
  return [
    {
      name: "train",
      args: (
        out,
      ) => [...tinyTraining, "--data", data, ...steps, ...threads, "--resume", "--out", out],
      whole: /^(config\.json|model\.safetensors|summary\.json|images\/.*\.jpg)$/,
      aside: /^environment\.json$/,
    },
    {
      name: "evaluate",
      args: (out) => [model, "--data", data, ...threads, "--out", out],
      whole: /^(evaluation\.json|confusion\.json|predictions\/.*\.png)$/,
      aside: /^$/,
    },
    {
      name: "segment",
      args: (out) => [join(inputs, "photos"), "--model", model, ...threads, "--out", out],
      whole: /\.(png|json)$/,
      aside: /\.partial$/, // which go after an hour, as others may segment into the folder
    },
    {
      name: "prepare",
      args: (out) => ["camvid", "--archive", join(inputs, "camvid.zip"), "--out", out],
      whole: /./,
      aside: /^$/,
    },
    {
      name: "download",
      args: () => ["a/b"],
      env: (out) => ({ HF_ENDPOINT: hub, HF_HOME: out }),
      whole: /\/(snapshots|refs)\/|\/blobs\/[0-9a-f]+$/,
      aside: /\.lock$/,
    },
  ];
}

/** Kills a command after so many milliseconds each, lets it end where it is through, and compares. */
async function killOne(
  victim: Victim,
  room: string,
  delays: readonly number[],
  expected: ReadonlyMap<string, string>,
): Promise<Outcome> {
  const { name, whole, aside } = victim;
  const out = outOf(victim, room);
  let [inTime, compared, sinceLast] = [0, 0, 0];
  const compare = async () => {
    await finish(victim, room);
    requireSame(expected, await hashes(out), aside, `${name} that went on`);
    await rm(out, { recursive: true });
    [compared, sinceLast] = [compared + 1, 0];
  };
  for (const delay of delays) {
    const child = spawn(victim, room);
    const early = await Promise.race([child.status, sleep(delay)]);
    if (!early) kill(child);
    const { code, signal } = await child.status;
    if (signal !== "SIGKILL" && code !== 0) {
      throw new Error(`${name} ended with ${code}, not killed`);
    }
    if (signal === "SIGKILL") inTime++;
    for (const [path, hash] of await hashes(out)) {
      if (!whole.test(path) || /\.partial(\/|$)/.test(path) || expected.get(path) === hash) {
        continue;
      }
      throw new Error(`${name} that was killed after ${Math.round(delay)} ms spoilt ${path}`);
    }
    if (++sinceLast === 5) await compare();
  }
  if (sinceLast > 0) await compare();
  return { name, kills: delays.length, inTime, compared };
}

function kill(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // it ended in this very moment
  }
}

/** A folder of the same name each time, as runs are named after theirs. */
function outOf({ name }: Victim, room: string): string {
  return join(room, name === "train" ? "out" : name);
}

function spawn(victim: Victim, room: string): Deno.ChildProcess {
  const out = outOf(victim, room);
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", join(commands, `${victim.name}.ts`), ...victim.args(out)],
    env: { ...victim.env?.(out) },
    stdout: "null",
    stderr: "null",
  }).spawn();
}

/** Runs a command to its end, and says how many milliseconds that took. */
async function finish(victim: Victim, room: string): Promise<number> {
  const started = performance.now();
  const { code } = await spawn(victim, room).status;
  if (code !== 0) throw new Error(`${victim.name} ended with ${code}`);
  return performance.now() - started;
}

/** The SHA-256 of all files below a folder by their paths; of links, where they lead. */
async function hashes(folder: string): Promise<Map<string, string>> {
  const entries = await readdir(folder, { recursive: true }).catch(() => []);
  const found = new Map<string, string>();
  for (const entry of entries.sort()) {
    const path = join(folder, entry);
    const there = await lstat(path);
    if (there.isDirectory()) continue;
    const bytes = there.isSymbolicLink() ? await readlink(path) : await readFile(path);
    found.set(relative(folder, path), createHash("sha256").update(bytes).digest("hex"));
  }
  return found;
}

function requireSame(
  expected: ReadonlyMap<string, string>,
  found: ReadonlyMap<string, string>,
  aside: RegExp,
  what: string,
): void {
  const paths = new Set([...expected.keys(), ...found.keys()]);
  const differing = [...paths].filter((path) => {
    return !aside.test(path) && expected.get(path) !== found.get(path);
  });
  if (differing.length > 0) throw new Error(`${what} has other bytes in ${differing.join(", ")}`);
}

if (import.meta.main) {
  const [kills = "10", , seed = "1"] = Deno.args;
  await killAll(Number(kills), Number(seed), console.log);
}
