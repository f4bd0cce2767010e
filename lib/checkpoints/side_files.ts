import { readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";

/** The files in a checkpoint's folder that say what its tensors do not. */
export class SideFiles {
  private constructor(private readonly folder: string) {}

  /** Those beside a file, or in a folder. */
  static async of(checkpoint: string): Promise<SideFiles> {
    const isFolder = (await stat(checkpoint)).isDirectory();
    return new SideFiles(isFolder ? checkpoint : dirname(checkpoint));
  }

  /** The text of a file and its path; undefined where there is none. */
  async text(name: string): Promise<{ readonly text: string; readonly path: string } | undefined> {
    const path = join(this.folder, name);
    try {
      return { text: await readFile(path, "utf8"), path };
    } catch (error) {
      if ((error as { code?: string }).code === "ENOENT") return undefined;
      throw error;
    }
  }

  /** A JSON file by its schema; undefined where there is none. `whose` says what it needs to be. */
  async json<T>(name: string, schema: z.ZodType<T>, whose: string): Promise<T | undefined> {
    const file = await this.text(name);
    if (!file) return undefined;
    const parsed = schema.safeParse(parse(file.text, file.path));
    if (parsed.success) return parsed.data;
    throw new SyntaxError(
      `Cannot read ${file.path}: it needs to be ${whose}, got ${z.prettifyError(parsed.error)}`,
    );
  }
}

function parse(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new SyntaxError(`Cannot read ${path}: it needs to be JSON, got ${error}`, {
      cause: error,
    });
  }
}
