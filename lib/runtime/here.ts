import { node } from "./node.ts";
import type { Platform } from "./platform.ts";

/**
 * The platform that programs run on where nobody names one. Bundlers for browsers put here_web.ts in the
 * place of this file.
 */
export const here: Platform = node;
