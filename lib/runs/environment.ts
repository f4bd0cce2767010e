import { execFile } from "node:child_process";
import { cpus, release, totalmem, type } from "node:os";
import process from "node:process";
import { promisify } from "node:util";
import { gitHead } from "./git_head.ts";
import { type Environment, SCHEMA } from "./run_files.ts";

/** Seglab's version and that of the runtime that computes, as deno.json has them (a test compares). */
export const VERSIONS = { "seglab": "0.1.0", "onnxruntime-node": "1.30.0" } as const;

/** What a run knows about its own course: threads, its start, seconds so far, images per second, memory. */
export interface Course {
  readonly threads: number;
  readonly started: Date;
  readonly seconds: number;
  readonly speeds: Readonly<Record<string, number>>;
  /** The largest resident memory of the process between two steps of training; absent without training. */
  readonly bytes?: number;
}

/** What environment.json holds: `repository` is the folder whose git commit is recorded. */
export async function describeEnvironment(
  repository: string,
  { threads, started, seconds, speeds, bytes }: Course,
): Promise<Environment> {
  return {
    schema: SCHEMA,
    commit: await commitOf(repository),
    versions: versions(),
    machine: {
      cpu: cpus()[0]?.model.trim() || "unknown",
      cores: Math.max(1, cpus().length),
      memoryGiB: Math.round(totalmem() / 2 ** 30 * 10) / 10,
      os: `${type()} ${release()}`,
    },
    threads,
    started: started.toISOString(),
    seconds: Math.round(seconds * 10) / 10,
    speeds: { ...speeds },
    ...bytes !== undefined && { memoryMiB: Math.round(bytes / 2 ** 20) },
  };
}

/**
 * The commit of a repository, with `-dirty` behind it when a tracked file of lib, experiments or
 * deno.json differs from it, and `-unchecked` where git cannot be asked (commands that have no
 * permission to run programs); null without repository or commit.
 */
async function commitOf(repository: string): Promise<string | null> {
  // One command tells both, and without taking git's lock, which another process may need.
  const command = ["--no-optional-locks", "status", "--porcelain=v2", "--branch", "-uno", "--"];
  try {
    const { stdout } = await promisify(execFile)("git", [
      ...command,
      "lib",
      "experiments",
      "deno.*",
    ], {
      cwd: repository,
    });
    const commit = /^# branch\.oid ([0-9a-f]{40,64})$/m.exec(stdout)?.[1];
    if (commit === undefined) return null;
    return /^[^#\n]/m.test(stdout) ? `${commit}-dirty` : commit;
  } catch {
    const commit = await gitHead(repository);
    return commit && `${commit}-unchecked`;
  }
}

/** Those of Seglab, of Deno or Node with V8, and of ONNX Runtime. */
function versions(): Record<string, string> {
  const { deno, node = "", v8 = "", typescript = "" } = process.versions as Partial<
    Record<string, string>
  >;
  const { seglab, ...others } = VERSIONS;
  return { seglab, ...deno ? { deno, v8, typescript } : { node, v8 }, ...others };
}
