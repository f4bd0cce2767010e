import type { Platform } from "./platform.ts";
import { WebPlatform } from "./web.ts";

/** The platform of a browser: ONNX Runtime lies in the folder onnxruntime/ beside the script. */
export const here: Platform = new WebPlatform(new URL("./onnxruntime/", import.meta.url));
