import { datasetInfo, InvalidApiResponseFormatError, listFiles, modelInfo } from "@huggingface/hub";
import { z } from "zod";
import { misfit } from "../misfit.ts";
import { isFileName, type ModelName } from "./model_name.ts";
import { hubFetch, type RepositoryKind } from "./requests.ts";
import type { HubSettings } from "./settings.ts";

/** A file in a folder of a repository. */
export interface RemoteFile {
  /** Its name in the folder, or its path below it where folders in it are listed too. */
  readonly name: string;
  /** Its path in the repository. */
  readonly path: string;
  /** In bytes. */
  readonly size: number;
  readonly hash: FileHash;
}

/** What a file's bytes must hash to: large files have SHA-256 (Git LFS), small ones Git's own. */
export interface FileHash {
  readonly algorithm: "SHA-256" | "Git's SHA-1";
  readonly hex: string;
}

/** A folder of a repository at one commit. */
export interface Listing {
  readonly commit: string;
  readonly files: readonly RemoteFile[];
}

const size = z.int().nonnegative();
const commitSchema = z.string().regex(/^[0-9a-f]{40}$/);
const entrySchema = z.object({
  type: z.string(),
  path: z.string(),
  size,
  oid: z.string().regex(/^[0-9a-f]{40}$/),
  lfs: z.object({ oid: z.string().regex(/^[0-9a-f]{64}$/), size }).optional(),
});

/** The commit that a branch or tag of a model points at, and the files of a folder there. */
export async function listFolder(
  settings: HubSettings,
  { id, folder }: ModelName,
  revision: string,
): Promise<Listing> {
  return await list(settings, { kind: "model", id, folder, recursive: false }, revision);
}

/** The commit that a branch or tag of a data set points at, and all its files, with their paths as names. */
export async function listDataset(
  settings: HubSettings,
  id: string,
  revision: string,
): Promise<Listing> {
  return await list(settings, { kind: "dataset", id, folder: "", recursive: true }, revision);
}

/** What of a repository is listed. */
interface Listed {
  readonly kind: RepositoryKind;
  readonly id: string;
  readonly folder: string;
  readonly recursive: boolean;
}

/**
 * The hashes come from here and not from the answer to a file's request: that one, after its redirect,
 * is the content network's, whose ETag need not be a hash of the file.
 */
async function list(
  settings: HubSettings,
  { kind, id, folder, recursive }: Listed,
  revision: string,
): Promise<Listing> {
  const request = {
    hubUrl: settings.endpoint,
    fetch: hubFetch(settings, { id, kind, revision }),
    ...(settings.token && { accessToken: settings.token }),
  };
  try {
    const asked = { ...request, name: id, revision, additionalFields: ["sha" as const] };
    const info = kind === "model" ? await modelInfo(asked) : await datasetInfo(asked);
    const commit = commitSchema.parse(info.sha);
    const files: RemoteFile[] = [];
    const repo = { type: kind, name: id } as const;
    const path = encoded(folder);
    for await (const entry of listFiles({ ...request, repo, revision: commit, path, recursive })) {
      files.push(...remoteFile(entrySchema.parse(entry), folder));
    }
    return { commit, files };
  } catch (error) {
    if (isMalformed(error)) throw malformed(settings, id, error);
    throw error;
  }
}

/** A path as a part of an address; the client library puts it there as it is. */
export function encoded(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}

function remoteFile({ type, path, lfs, ...file }: z.infer<typeof entrySchema>, folder: string) {
  const name = path.slice(folder === "" ? 0 : folder.length + 1);
  // The name becomes one on this disk: nothing that the server says may lead out of the folder.
  if (type !== "file" || !name.split("/").every(isFileName)) return [];
  const hash: FileHash = lfs
    ? { algorithm: "SHA-256", hex: lfs.oid }
    : { algorithm: "Git's SHA-1", hex: file.oid };
  return [{ name, path, size: lfs?.size ?? file.size, hash }];
}

function isMalformed(error: unknown): error is Error {
  return [SyntaxError, z.ZodError, InvalidApiResponseFormatError].some((e) => error instanceof e) ||
    // What the client library runs into on JSON of another form.
    (error instanceof TypeError && /iterable|undefined|null/.test(error.message));
}

function malformed({ endpoint }: HubSettings, id: string, cause: Error): TypeError {
  const got = cause instanceof z.ZodError ? misfit(cause) : cause.message;
  return new TypeError(
    `Cannot download ${id}: answers as the Hugging Face hub gives them needed from ${endpoint}, ` +
      `got ${got}; see HF_ENDPOINT`,
    { cause },
  );
}
