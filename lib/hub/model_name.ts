import { excerpt } from "../words.ts";

/** A checkpoint on the hub as the user names it. */
export interface ModelName {
  /** The model id, `organisation/name`. */
  readonly id: string;
  /** The folder in the repository, "" at its top. */
  readonly folder: string;
  /** The file with the weights, where the name goes on with one. */
  readonly file: string | undefined;
}

/**
 * Reads `organisation/name`, or `organisation/name/path/to/file.pth` where a repository holds
 * several checkpoints.
 */
export function parseModelName(text: string, doing = "download"): ModelName {
  const [organisation = "", name = "", ...path] = text.split("/");
  const parts = [organisation, name];
  if (!parts.every(isIdPart) || !path.every(isFileName)) {
    throw new RangeError(
      `Cannot ${doing} "${text}": a model id such as nvidia/segformer-b0-finetuned-ade-512-512 ` +
        `needed (or one followed by /FILE), got "${text}"`,
    );
  }
  return { id: parts.join("/"), folder: path.slice(0, -1).join("/"), file: path.at(-1) };
}

/** Reads the id of a data set on the hub, `organisation/name`. */
export function parseDatasetName(text: string): string {
  const parts = text.split("/");
  if (parts.length === 2 && parts.every(isIdPart)) return text;
  throw new RangeError(
    `Cannot download the data set "${excerpt(text)}": an id such as segments/sidewalk-semantic ` +
      `needed, got "${excerpt(text)}"`,
  );
}

/** Whether a text may be the name of an organisation, a user or a repository. */
function isIdPart(part: string): boolean {
  return /^\w(?:[\w.-]*\w)?$/.test(part) && !/--|\.\./.test(part);
}

/** Whether a name is that of a file in a folder, and of nothing above or below it, on any system. */
export function isFileName(name: string): boolean {
  // deno-lint-ignore no-control-regex
  return !/^\.{0,2}$|[/\\:\x00-\x1f]/.test(name);
}

/** Refuses a revision that cannot be one, before it becomes a part of an address and of a path. */
export function requireRevision(revision: string): void {
  if (revision.split("/").every(isFileName)) return;
  throw new RangeError(
    `Cannot download the revision "${revision}": a branch, a tag or a commit needed, got ` +
      `"${revision}"`,
  );
}
