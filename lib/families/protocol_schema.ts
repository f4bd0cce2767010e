import { z } from "zod";
import type { Protocol } from "./protocol.ts";

const pixels = z.int();
const size = z.tuple([pixels, pixels]);
const resampling = z.enum(["nearest", "box", "bilinear", "hamming", "bicubic", "lanczos"])
  .default("bilinear"); // the only one that earlier versions had
/** A protocol as files hold it. */
export const protocolSchema: z.ZodType<Protocol> = z.object({
  resize: z.discriminatedUnion("to", [
    z.object({ to: z.literal("own size") }),
    z.object({ to: z.literal("box"), box: z.object({ long: pixels, short: pixels }) }),
    z.object({ to: z.literal("long side"), long: pixels, resampling }),
    z.object({ to: z.literal("short side"), short: pixels, least: pixels }),
    z.object({ to: z.literal("size"), size, resampling }),
    z.object({
      to: z.literal("shortest edge"),
      edge: pixels,
      longest: pixels.nullable(),
      resampling,
    }),
  ]),
  multiple: pixels,
  windows: z.object({
    window: pixels,
    stride: z.union([pixels, z.literal("even")]),
    enlarge: z.boolean(),
  }).nullable(),
  ratios: z.array(z.number()),
  flip: z.boolean(),
});
