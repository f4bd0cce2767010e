import type { Target } from "./target.ts";

/** How a target is made, and what its reader's process may do beyond reading files. */
export interface TargetEntry {
  readonly make: () => Promise<Target>;
  readonly permissions?: readonly string[];
  /** How many files it has where others have one; 1 by default. */
  readonly share?: number;
}

/** sharp and ONNX Runtime. */
const NATIVE = ["--allow-ffi", "--allow-sys"];

const checkpoints = () => import("./checkpoints.ts");

/** All that can be fuzzed, by name; loaded when it is asked for, since some need a native library. */
export const targets: Readonly<Record<string, TargetEntry>> = {
  "archives": {
    make: async () => (await import("./archives.ts")).archives,
    permissions: NATIVE,
    share: 0.5,
  },
  "networks": {
    make: async () => (await import("./networks.ts")).networks(),
    permissions: NATIVE,
    share: 0.2,
  },
  "pytorch zip": { make: async () => (await checkpoints()).pytorchZip() },
  "pytorch legacy": { make: async () => (await checkpoints()).pytorchLegacy() },
  "safetensors": { make: async () => (await checkpoints()).safetensors() },
  "npz": { make: async () => (await checkpoints()).npz() },
  "shards": { make: async () => (await checkpoints()).shards() },
  "label png": {
    make: async () => (await import("./pngs.ts")).labelPng,
    permissions: NATIVE,
  },
  "json": { make: async () => (await import("./jsons.ts")).jsons(), permissions: NATIVE },
  "annotations": {
    make: async () => (await import("./annotations.ts")).annotations(),
    permissions: NATIVE,
  },
  "runs": { make: async () => (await import("./run_files.ts")).runFiles(), permissions: NATIVE },
  "yaml": { make: async () => (await import("./yamls.ts")).yaml() },
  "parquet": { make: async () => (await import("./parquets.ts")).parquets(), share: 0.5 },
  "tiff": { make: async () => (await import("./tiffs.ts")).tiff, permissions: NATIVE, share: 0.5 },
  "mat": { make: async () => (await import("./mats.ts")).mat, permissions: NATIVE },
};
