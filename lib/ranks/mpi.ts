import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import process from "node:process";
import type { Ranks } from "./ranks.ts";

/** A family of MPI libraries: what its launcher sets, its files, and how its headers define handles. */
interface Flavour {
  readonly title: string;
  /** The variable in which its launcher tells how many processes there are. */
  readonly variable: string;
  readonly files: readonly string[];
  readonly install: string;
  /** MPI_COMM_WORLD and MPI_BYTE: addresses of symbols, or integers. */
  readonly handles: { readonly world: string | number; readonly byte: string | number };
}

const OPEN_MPI: Flavour = {
  title: "Open MPI",
  variable: "OMPI_COMM_WORLD_SIZE",
  files: ["libmpi.so.40", "libmpi.40.dylib", "libmpi.so"],
  install: "apt-get install openmpi-bin, dnf install openmpi, brew install open-mpi",
  handles: { world: "ompi_mpi_comm_world", byte: "ompi_mpi_byte" },
};

const MPICH: Flavour = {
  title: "MPICH",
  variable: "PMI_SIZE",
  files: ["libmpich.so.12", "libmpi.so.12", "libmpi.12.dylib"],
  install: "apt-get install mpich, dnf install mpich, brew install mpich",
  handles: { world: 0x44000000, byte: 0x4c00010d }, // mpi.h of MPICH's common ABI
};

/** Where libraries are, behind the folders of LD_LIBRARY_PATH. */
const FOLDERS = [
  "/usr/lib/x86_64-linux-gnu",
  "/usr/lib/aarch64-linux-gnu",
  "/usr/lib64/openmpi/lib",
  "/usr/lib64/mpich/lib",
  "/usr/lib64",
  "/usr/lib",
  "/usr/local/lib",
  "/opt/homebrew/lib",
];

/** How many processes mpirun started together with this one; 1 without it. */
export function launchedRanks(): number {
  return Number(process.env[launcher()?.variable ?? ""] ?? 1);
}

function launcher(): Flavour | undefined {
  return [OPEN_MPI, MPICH].find(({ variable }) => process.env[variable] !== undefined);
}

/**
 * Joins the processes that mpirun started, through the MPI library of this machine: Open MPI, or MPICH and
 * what shares its ABI. Without that library, or with another one than mpirun's, it is an error. MPI is left
 * when the process exits with 0; when it fails, all others end.
 */
export function joinRanks(): Ranks {
  const flavour = launcher();
  const expected = launchedRanks();
  if (flavour === undefined) {
    throw new Error("Cannot join other processes: mpirun needed to start this one, got none");
  }
  const path = libraryOf(flavour);
  requireAbi(path, flavour);
  const { init, ask, abort, finalize, ...messages } = opened(path, flavour);
  init();
  const [rank, size] = [ask("MPI_Comm_rank"), ask("MPI_Comm_size")];
  if (size !== expected) {
    throw new Error(
      `Cannot join other processes: the library of the mpirun that started ${expected} of them ` +
        `needed, got ${path}, which knows of ${size}; LD_LIBRARY_PATH says where to look first`,
    );
  }
  process.on("exit", (code) => code === 0 ? finalize() : abort(code));
  return { rank, size, ...messages };
}

function libraryOf({ title, files, install }: Flavour): string {
  const own = (process.env["LD_LIBRARY_PATH"] ?? "").split(delimiter).filter((path) => path !== "");
  const folders = [...own, ...FOLDERS];
  const found = folders.flatMap((folder) => files.map((file) => join(folder, file)))
    .find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new Error(
    `Cannot join other processes: the library of ${title}, which started this one, needed ` +
      `(${files.join(" or ")}), got none in ${
        folders.join(", ")
      }; install it (${install}) or say in ` +
      `LD_LIBRARY_PATH where it is`,
  );
}

/**
 * Refuses a library with the other family's handles, under whatever name: calls with handles of another kind would end
 * the process without a word.
 */
function requireAbi(path: string, { title, handles }: Flavour): void {
  const { symbols } = loaded(path, () =>
    Deno.dlopen(path, {
      ompi_mpi_comm_world: { type: "pointer", optional: true },
      MPI_Get_library_version: { parameters: ["buffer", "buffer"], result: "i32", optional: true },
    }));
  const hasAddresses = symbols.ompi_mpi_comm_world !== null;
  if (hasAddresses === (typeof handles.world === "string")) return;
  const text = new Uint8Array(8192); // MPICH's longest; Open MPI's have 256
  symbols.MPI_Get_library_version?.(text, new Int32Array(1));
  const version = new TextDecoder().decode(text.subarray(0, text.indexOf(0))).split("\n")[0]!;
  throw new Error(
    `Cannot join other processes: the library of ${title}, which started this one, needed, got ${path} with ` +
      `another ABI: ${version.trim() || "no MPI"}; LD_LIBRARY_PATH says where to look first`,
  );
}

function opened(path: string, flavour: Flavour): ReturnType<typeof open> {
  return loaded(path, () => open(path, flavour));
}

/** Deno asks for every file that it loads; what a task may load stands in deno.json. */
function loaded<T>(path: string, load: () => T): T {
  try {
    return load();
  } catch (error) {
    throw new Error(
      `Cannot join other processes: ${path} needed, got ${
        (error as Error).message
      }; where a task may ` +
        `not load it, \`deno run -A experiments/commands/….ts\` in its place may`,
      { cause: error },
    );
  }
}

const TAG = 0;
const MOST = 1 << 30; // bytes in a message: counts are C's ints

/** The calls that Seglab makes, with the library's handles in them. */
function open(path: string, { handles }: Flavour) {
  const isPointer = typeof handles.world === "string";
  const handle = isPointer ? "pointer" : "i32";
  const message = ["buffer", "i32", handle, "i32"] as const;
  const { symbols } = Deno.dlopen(path, {
    MPI_Init: { parameters: ["pointer", "pointer"], result: "i32" },
    MPI_Comm_rank: { parameters: [handle, "buffer"], result: "i32" },
    MPI_Comm_size: { parameters: [handle, "buffer"], result: "i32" },
    MPI_Send: { parameters: [...message, "i32", handle], result: "i32" },
    MPI_Recv: { parameters: [...message, "i32", handle, "buffer"], result: "i32" },
    MPI_Bcast: { parameters: [...message, handle], result: "i32" },
    MPI_Abort: { parameters: [handle, "i32"], result: "i32" },
    MPI_Finalize: { parameters: [], result: "i32" },
    ...isPointer && {
      [handles.world]: { type: "pointer" },
      [handles.byte]: { type: "pointer" },
    },
  }) as unknown as { readonly symbols: Symbols };
  const [world, byte] = isPointer
    ? [symbols[handles.world]!, symbols[handles.byte]!]
    : [handles.world, handles.byte];
  const status = new Uint8Array(64); // more than any MPI_Status; nobody reads it
  const checked = (call: string, ...args: readonly unknown[]) => {
    const code = (symbols[call] as (...args: readonly unknown[]) => number)(...args);
    if (code !== 0) throw new Error(`Cannot go on with the other processes: ${call} gave ${code}`);
  };
  return {
    init: () => checked("MPI_Init", null, null),
    ask: (call: "MPI_Comm_rank" | "MPI_Comm_size") => {
      const answer = new Int32Array(1);
      checked(call, world, answer);
      return answer[0]!;
    },
    send: (bytes: Uint8Array, to: number) => {
      for (const part of partsOf(bytes)) {
        checked("MPI_Send", part, part.length, byte, to, TAG, world);
      }
    },
    receive: (bytes: Uint8Array, from: number) => {
      for (const part of partsOf(bytes)) {
        checked("MPI_Recv", part, part.length, byte, from, TAG, world, status);
      }
    },
    broadcast: (bytes: Uint8Array, from: number) => {
      for (const part of partsOf(bytes)) checked("MPI_Bcast", part, part.length, byte, from, world);
    },
    abort: (code: number) => checked("MPI_Abort", world, code),
    finalize: () => checked("MPI_Finalize"),
  };
}

type Symbols = Readonly<Record<string | number, unknown>>;

function* partsOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let first = 0; first < bytes.length; first += MOST) {
    yield bytes.subarray(first, first + MOST);
  }
}
