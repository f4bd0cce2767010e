import { appendFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { writeError } from "../files.ts";
import { encodeEvent, type Scalars, type Told } from "./event.ts";
import { recordOf } from "./record.ts";

/** A file of numbers over steps that TensorBoard reads while it grows. */
export class EventFile {
  private constructor(
    /** The file's path. */
    readonly path: string,
    private readonly seconds: () => number,
  ) {}

  /**
   * Begins a file in a folder, for a run of which so many steps are done: what earlier files there tell of
   * later steps is void. Files are read in the order of their names, which begin with the time.
   */
  static async begin(
    folder: string,
    done: number,
    seconds: () => number = () => Date.now() / 1000,
  ): Promise<EventFile> {
    const time = seconds().toFixed(3).padStart(14, "0");
    const file = new EventFile(join(folder, `events.out.tfevents.${time}.seglab`), seconds);
    await mkdir(folder, { recursive: true }).catch((cause) => {
      throw writeError(file.path, cause);
    });
    await file.append({ kind: "version" });
    if (done > 0) await file.append({ kind: "restart", step: done + 1 });
    return file;
  }

  /** Adds the numbers of a step. */
  add(step: number, values: Scalars): Promise<void> {
    return this.append({ kind: "scalars", step, values });
  }

  private async append(told: Told): Promise<void> {
    const record = recordOf(encodeEvent(told, this.seconds()));
    await appendFile(this.path, record).catch((cause) => {
      throw writeError(this.path, cause);
    });
  }
}
