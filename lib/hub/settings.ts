import { homedir } from "node:os";
import process from "node:process";
import { getHFHubCachePath } from "@huggingface/hub";
import { z } from "zod";

/** Where the Hugging Face hub is, who asks, and where its files are kept. */
export interface HubSettings {
  /** Its address without a slash at the end. */
  readonly endpoint: string;
  /** What opens private and gated models. */
  readonly token: string | undefined;
  /** The folder of the cache that all of Hugging Face's libraries share. */
  readonly cache: string;
  /** Seconds without a byte after which a connection counts as broken. */
  readonly timeout: number;
}

const address = z.url({ protocol: /^https?$/ }).transform((url) => url.replace(/\/+$/, ""));

/**
 * Reads the environment as Python's huggingface_hub does: HF_ENDPOINT, HF_TOKEN, HF_HOME (or
 * HF_HUB_CACHE, or XDG_CACHE_HOME) and HF_HUB_DOWNLOAD_TIMEOUT.
 */
export function hubSettings(): HubSettings {
  return {
    endpoint: read(
      "HF_ENDPOINT",
      address.default("https://huggingface.co"),
      "an address such as https://huggingface.co",
    ),
    // The client library refuses any other, in words that do not name the variable.
    token: read(
      "HF_TOKEN",
      z.string().startsWith("hf_").optional(),
      "a token that begins with hf_",
    ),
    cache: getHFHubCachePath().replace(/^~(?=[/\\]|$)/, homedir()),
    timeout: read(
      "HF_HUB_DOWNLOAD_TIMEOUT",
      z.coerce.number().positive().default(10),
      "a number of seconds above 0",
    ),
  };
}

function read<T>(name: string, schema: z.ZodType<T>, needs: string): T {
  const text = process.env[name]?.trim() || undefined;
  const parsed = schema.safeParse(text);
  if (parsed.success) return parsed.data;
  // A token is a secret even where it is a wrong one.
  const got = name === "HF_TOKEN" ? `another text of ${text!.length} characters` : `"${text}"`;
  throw new RangeError(`Cannot use ${name}: ${needs} needed, got ${got}`);
}
