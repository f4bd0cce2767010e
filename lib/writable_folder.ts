import { constants } from "node:fs";
import { access, mkdir } from "node:fs/promises";
import { withRemedy } from "./remedy.ts";

/** Makes the folder for results; one that cannot be written to is an error before anything is done. */
export async function makeWritable(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
  } catch (cause) {
    const error = new RangeError(
      `Cannot write to ${folder}: a folder that can be made and written to needed, got ` +
        `${(cause as { code?: string }).code ?? cause}`,
      { cause },
    );
    throw withRemedy(error, { kind: "otherFolder" });
  }
}
