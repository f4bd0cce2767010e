import { existsSync } from "node:fs";
import { cp, mkdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { z } from "zod";
import { modelOf } from "../../lib/families/family.ts";
import { softmax } from "../../lib/graph/ops/normalize.ts";
import { IGNORE } from "../../lib/images/image.ts";
import { readJson } from "../../lib/json.ts";
import { describedOnnx, fixedSight } from "../../lib/models/onnx_description.ts";
import { scoreFile } from "../../lib/models/onnx_file.ts";
import type { OpenedModel } from "../../lib/models/open.ts";
import { encodeOnnx } from "../../lib/onnx/bytes.ts";
import { webRuntimeFiles } from "../../lib/runtime/web.ts";
import type { ModelCard, SiteModel } from "./page_data.ts";

const cardSchema = z.strictObject({
  title: z.string().min(1),
  about: z.string().min(1),
  weights: z.string().min(1),
  data: z.string().min(1),
});

/** Reads what a visitor should know of a model. */
export function readCard(path: string): Promise<ModelCard> {
  return readJson(path, cardSchema, {
    needs: "to be a model card: title, about, weights (their licence) and data (with its licence)",
  });
}

/** The card of a model that brings none. */
export function ownCard({ kind, classes }: OpenedModel): ModelCard {
  return {
    title: kind,
    about: `${classes.length} classes.`,
    weights: "not stated; ask whoever publishes this page",
    data: "not stated; ask whoever publishes this page",
  };
}

/**
 * Writes network.onnx, model.json and, where it is given, sample.jpg into model/ of the site, and ONNX
 * Runtime beside. A network that the page cannot show is an error.
 */
export async function writeSiteModel(
  opened: OpenedModel,
  card: ModelCard,
  sample: string | null,
  site: string,
): Promise<SiteModel> {
  const { family, config } = opened.architecture;
  requirePixels(opened, card);
  const { window } = fixedSight(opened);
  const { model, cells, covered } = stored(opened, window);
  const bytes = encodeOnnx(model);
  const described: SiteModel = {
    card,
    ...describedOnnx(opened, model),
    layout: { cells, covered, classes: opened.classes.length },
    smallest: family.smallestSide(config),
    bytes: bytes.length,
  };
  const folder = join(site, "model");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "network.onnx"), bytes);
  await writeFile(join(folder, "model.json"), JSON.stringify(described, null, 1));
  if (sample !== null && existsSync(sample)) await cp(sample, join(folder, "sample.jpg"));
  await copyRuntime(join(site, "onnxruntime"));
  return described;
}

function requirePixels({ architecture, classes }: OpenedModel, { title }: ModelCard): void {
  if (modelOf(architecture).probabilities !== softmax) {
    throw new TypeError(
      `Cannot put ${title} on the photo page: a network that scores each pixel’s classes needed, got ` +
        `one of another kind (${architecture.family.name})`,
    );
  }
  if (classes.length > IGNORE) {
    throw new RangeError(
      `Cannot put ${title} on the photo page: at most ${IGNORE} classes needed, got ${classes.length}`,
    );
  }
}

/** With weights in half precision, which halves what visitors load, where these can hold them. */
function stored(opened: OpenedModel, window: readonly [number, number]) {
  try {
    return scoreFile(opened, window, true);
  } catch (error) {
    if (!(error instanceof RangeError && error.message.includes("half precision"))) throw error;
    return scoreFile(opened, window, false);
  }
}

/** ONNX Runtime's scripts and their WebAssembly: for graphics processors, and for all others. */
async function copyRuntime(folder: string): Promise<void> {
  const dist = dirname(createRequire(import.meta.url).resolve("onnxruntime-web/wasm"));
  await mkdir(folder, { recursive: true });
  for (const file of webRuntimeFiles) await cp(join(dist, file), join(folder, file));
}
