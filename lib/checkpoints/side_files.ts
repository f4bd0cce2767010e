import { stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { z } from "zod";
import { parseJson } from "../json.ts";
import { readText } from "../text_file.ts";

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
      return { text: await readText(path), path };
    } catch (error) {
      if ((error as { code?: string }).code === "ENOENT") return undefined;
      throw error;
    }
  }

  /** A JSON file by its schema; undefined where there is none. `whose` says what it needs to be. */
  async json<T>(name: string, schema: z.ZodType<T>, whose: string): Promise<T | undefined> {
    const file = await this.text(name);
    if (!file) return undefined;
    return parseJson(file.text, file.path, schema, { needs: `to be ${whose}` });
  }
}
