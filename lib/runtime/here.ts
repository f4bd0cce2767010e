import { node, openEncoded as opened, sessionOf, tensorOf, valueOf } from "./node.ts";
import type { Platform } from "./platform.ts";

/**
 * The platform that programs run on where nobody names one. Bundlers for browsers put here_web.ts in the
 * place of this file.
 */
export const here: Platform = node;

/** Opens an ONNX file's bytes here. */
export const openEncoded = opened;

/** What values that stay on a device are made of here; null where there is nothing of the kind. */
export const resident: Resident | null = { sessionOf, tensorOf, valueOf };

/** ONNX Runtime's sessions and tensors for Node and Deno. */
export interface Resident {
  readonly sessionOf: typeof sessionOf;
  readonly tensorOf: typeof tensorOf;
  readonly valueOf: typeof valueOf;
}
