import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { writeAtomically } from "../files.ts";
import { display, type Drawing, type Photograph } from "../report/picture.ts";

/** What an analysis found: numbers to keep, and pictures that show them. A notebook shows the first. */
export abstract class Finding {
  /** What was analysed, as the files are named: "attention". */
  abstract readonly name: string;

  /** All numbers, with their units in the keys or beside them. */
  abstract toJSON(): unknown;

  /** The pictures by what is added to the name of their files; "" adds nothing. */
  abstract pictures(): Promise<Readonly<Record<string, Drawing | Photograph>>>;

  /** What a terminal shows: the main numbers in words or tables; "" where pictures say it all. */
  text(): string {
    return "";
  }

  /** Writes `<name>.json` and the pictures into a folder; gives the paths. */
  async save(folder: string): Promise<string[]> {
    await mkdir(folder, { recursive: true });
    const json = join(folder, `${this.name}.json`);
    await writeAtomically(json, `${JSON.stringify(this, null, 1)}\n`);
    const paths = [json];
    for (const [suffix, picture] of Object.entries(await this.pictures())) {
      const path = join(folder, [this.name, suffix].filter((part) => part !== "").join("_"));
      paths.push(`${path}.png`);
      await picture.save("svg" in picture ? path : `${path}.png`);
    }
    return paths;
  }

  /** The first picture, as Deno's Jupyter kernel asks for it. */
  async [display](): Promise<Record<string, string>> {
    const [first] = Object.values(await this.pictures());
    return first ? await first[display]() : {};
  }
}
