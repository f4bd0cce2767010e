import { basename, dirname, join, relative, sep } from "node:path";
import { IMAGE_FILE } from "../data/named_files.ts";
import { listFiles } from "../listing.ts";
import { listed } from "../words.ts";
import { type Part, partOf } from "./annotated.ts";

/** The image files below a folder, to be found by the names that annotations give them. */
export class ImageFiles {
  readonly #byBase = new Map<string, string[]>();
  readonly #byName = new Map<string, number>();

  private constructor(readonly root: string, readonly files: readonly string[]) {
    for (const file of files) {
      const base = normal(basename(file));
      this.#byBase.set(base, [...this.#byBase.get(base) ?? [], file]);
      this.#byName.set(plain(file), (this.#byName.get(plain(file)) ?? 0) + 1);
    }
  }

  /** Lists a folder and those in it. */
  static async below(root: string): Promise<ImageFiles> {
    const files = await listFiles(root, { recursive: true });
    return new ImageFiles(root, files.filter((file) => IMAGE_FILE.test(file)));
  }

  /** Those that lie in none of some folders. */
  outside(folders: readonly string[]): ImageFiles {
    const below = folders.map((folder) => relative(this.root, folder) + sep);
    const files = this.files.filter((file) => !below.some((folder) => file.startsWith(folder)));
    return new ImageFiles(this.root, files);
  }

  /**
   * The file of a name that annotations give, wherever below the root it lies: the one whose path ends
   * with it, or else with its last part, since folders may be another machine's. Of several, one in a
   * folder named after `part`, and then the one nearest to `near`. A text in words where there is none,
   * or where it cannot be told which.
   */
  find(
    name: string,
    near: string,
    part: Part | null = null,
  ): { readonly path: string } | { readonly wrong: string } {
    const parts = normal(name.replaceAll("\\", "/")).split("/").filter((one) => one !== "." && one);
    const named = this.#byBase.get(parts.at(-1) ?? "") ?? [];
    const whole = named.filter((file) => `/${posix(file)}`.endsWith(`/${parts.join("/")}`));
    const found = whole.length > 0 ? whole : named;
    const ofPart = part === null ? [] : found.filter((file) => partOf(dirname(file)) === part);
    const left = nearest(ofPart.length > 0 ? ofPart : found, relative(this.root, near));
    if (left.length === 0) return { wrong: `no image ${name} in ${this.root}` };
    if (left.length === 1) return { path: join(this.root, left[0]!) };
    return { wrong: `several images ${name} (${listed(left, (file) => file)})` };
  }

  /** What a file is called without its ending; with its folders where others are called so too. */
  nameOf(path: string): string {
    const file = relative(this.root, path);
    if (this.#byName.get(plain(file)) === 1) return plain(file);
    return posix(file).replace(IMAGE_FILE, "");
  }
}

/** Those that share most folders with a place. */
function nearest(files: readonly string[], near: string): readonly string[] {
  if (files.length < 2) return files;
  const folders = near.split(sep);
  const shared = (file: string) => {
    const own = dirname(file).split(sep);
    const differs = own.findIndex((folder, i) => folder !== folders[i]);
    return differs < 0 ? own.length : differs;
  };
  const most = Math.max(...files.map(shared));
  return files.filter((file) => shared(file) === most);
}

function plain(file: string): string {
  return normal(basename(file)).replace(IMAGE_FILE, "");
}

function normal(name: string): string {
  return name.normalize("NFC");
}

function posix(file: string): string {
  return normal(file.replaceAll(sep, "/"));
}
