import { readFile, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";

/** The commit that is checked out where a folder lies, read from git's own files; null without one. */
export async function gitHead(folder: string): Promise<string | null> {
  const own = await gitFolder(resolve(folder));
  const head = own && await textOf(join(own, "HEAD"));
  if (!head) return null;
  const name = /^ref: (.+)$/.exec(head)?.[1];
  if (name === undefined) return commitIn(head);
  const common = await textOf(join(own, "commondir")); // a worktree shares its branches
  for (const place of common === undefined ? [own] : [own, resolve(own, common)]) {
    const commit = commitIn(await textOf(join(place, name))) ??
      commitIn(await packed(place, name));
    if (commit !== null) return commit;
  }
  return null;
}

/** The folder with HEAD: `.git`, or where the file of that name in a worktree leads. */
async function gitFolder(folder: string): Promise<string | undefined> {
  const path = join(folder, ".git");
  const there = await stat(path).catch(() => undefined);
  if (there?.isDirectory()) return path;
  const link = there && /^gitdir: (.+)$/.exec(await textOf(path) ?? "")?.[1];
  if (link) return resolve(folder, link);
  return dirname(folder) === folder ? undefined : await gitFolder(dirname(folder));
}

/** A branch's line in packed-refs: "COMMIT NAME". */
async function packed(place: string, name: string): Promise<string | undefined> {
  const lines = (await textOf(join(place, "packed-refs")) ?? "").split("\n");
  return lines.find((line) => line.endsWith(` ${name}`))?.split(" ")[0];
}

function commitIn(text: string | undefined): string | null {
  return text !== undefined && /^[0-9a-f]{40,64}$/.test(text) ? text : null;
}

async function textOf(path: string): Promise<string | undefined> {
  return await readFile(path, "utf8").then((text) => text.trim()).catch(() => undefined);
}
