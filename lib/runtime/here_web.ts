import type { openEncoded as opened, Resident } from "./here.ts";
import type { Platform } from "./platform.ts";
import { WebPlatform } from "./web.ts";

/** The platform of a browser: ONNX Runtime lies in the folder onnxruntime/ beside the script. */
export const here: Platform = new WebPlatform(new URL("./onnxruntime/", import.meta.url));

/** No file is opened here: models come as bytes of weights. */
export const openEncoded: typeof opened = () => {
  throw new TypeError(
    "Cannot open an ONNX file in a browser: a checkpoint's bytes needed; ONNX Runtime Web opens such files itself",
  );
};

/** Weights go to the device in each step here. */
export const resident: Resident | null = null;
