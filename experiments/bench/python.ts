import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** Whether a Python can import modules. */
export async function canImport(python: string, modules: readonly string[]): Promise<boolean> {
  try {
    await promisify(execFile)(python, ["-c", `import ${modules.join(", ")}`]);
    return true;
  } catch {
    return false;
  }
}
