/** Damaged files of runs and of evaluations, as `results`, `compare` and the notebooks read them. */
import { dirname, join } from "node:path";
import { classPlane, readClassEmbeddings } from "../../lib/analysis/class_embeddings.ts";
import { finishedRuns } from "../../lib/runs/experiment.ts";
import { readModel } from "../../lib/models/model_file.ts";
import { openModel } from "../../lib/models/open.ts";
import { readGiven } from "../../lib/runs/given.ts";
import { readDrawn, readDrawnClasses } from "../../lib/runs/pictures.ts";
import { readEvaluation } from "../../lib/runs/stored_evaluation.ts";
import { readCheckpoint } from "../../lib/train/checkpoint.ts";
import { concat } from "../checkpoints/torch_file.ts";
import { jsonTarget } from "./jsons.ts";
import { type Files, type Target, Wrong } from "./target.ts";

const root = new URL("../../results/", import.meta.url).pathname;
const RUN = "accuracy_vs_speed/t-linear-16-s1";
const EVALUATION = "evaluation/ade20k-mask";

const text = (path: string) => Deno.readTextFileSync(join(root, path));

/** The other files of a folder, sound. */
function besides(folder: string, path: string, names: readonly string[]): Files {
  const others = names.filter((name) => name !== path).map((name) => `${folder}/${name}`);
  return new Map(others.map((name) => [name, concat(text(name))]));
}

const RUN_FILES = ["config.json", "summary.json", "environment.json", "metrics.jsonl"];
const EVALUATION_FILES = ["evaluation.json", "confusion.json", "images.jsonl"];

const decoder = new TextDecoder();
const DESCRIPTION = JSON.stringify({
  config: JSON.parse(text(`${RUN}/config.json`)),
  classes: ["a", "b"],
  palette: [[1, 2, 3], [4, 5, 6]],
});

/** A file with free text entries and without tensors. */
function withMetadata(metadata: Readonly<Record<string, string>>): Uint8Array {
  const header = concat(JSON.stringify({ __metadata__: metadata }));
  return concat(new Uint8Array(BigUint64Array.of(BigInt(header.length)).buffer), header);
}

async function readRun(path: string): Promise<void> {
  const runs = { "t-linear-16": {} };
  const found = await finishedRuns(
    dirname(dirname(dirname(path))),
    "accuracy_vs_speed",
    {
      runs,
    } as unknown as Parameters<typeof finishedRuns>[2],
  );
  const [run] = found;
  const isSound = run && run.summary.schema === 1 && run.config.steps > 0 &&
    run.metrics.every(({ step }) => Number.isSafeInteger(step));
  if (!isSound) throw new Wrong(`${found.length} runs, ${run?.config.steps} steps`);
}

/** JSON that Seglab wrote itself, which somebody may have changed or a disk damaged. */
export function runFiles(): Target {
  return jsonTarget("runs", [
    ...RUN_FILES.map((name) => ({
      path: `${RUN}/${name}`,
      text: text(`${RUN}/${name}`),
      beside: besides(RUN, name, RUN_FILES),
      read: readRun,
    })),
    ...EVALUATION_FILES.map((name) => ({
      path: `${EVALUATION}/${name}`,
      text: text(`${EVALUATION}/${name}`),
      beside: besides(EVALUATION, name, EVALUATION_FILES),
      read: async (path: string) => {
        const { scores, images } = await readEvaluation(dirname(path));
        const shares = [scores.mIoU, ...images.map(({ mIoU }) => mIoU)];
        if (!shares.every((x) => x === null || (x >= 0 && x <= 1))) throw new Wrong(`${shares}`);
      },
    })),
    {
      path: "run/model.safetensors",
      text: DESCRIPTION,
      within: (text) => withMetadata({ seglab: decoder.decode(text) }),
      read: async (path) => {
        const { config, palette, classes } = await readModel(path);
        const isSound = config.steps > 0 && palette.every(({ length }) => length === 3);
        if (!isSound) throw new Wrong(`${config.steps} steps, ${classes}`);
        const error = await openModel(path).catch((error) => error);
        if (!/^Cannot open .+ needed, got/s.test(error.message)) throw error; // it has no weights
      },
    },
    {
      path: "run/checkpoint.safetensors",
      text: DESCRIPTION,
      within: (text) => withMetadata({ steps: "7", run: decoder.decode(text) }),
      read: async (path) => {
        const found = await readCheckpoint(path, [DESCRIPTION]);
        if (found?.steps !== 7) throw new Wrong(`${found?.steps} steps`);
      },
    },
    {
      path: "run/given.json",
      text: JSON.stringify({
        schema: 1,
        data: "camvid",
        base: "/home",
        faulty: null,
        pretrained: "/weights.pth",
      }),
      read: async (path) => {
        const { data, base, faulty } = await readGiven(dirname(path));
        const isSound = typeof data === "string" && typeof base === "string" &&
          faulty !== undefined;
        if (!isSound) throw new Wrong(`${data} in ${base}`);
      },
    },
    {
      path: "run/images/classes.json",
      text: text(`${RUN}/images/classes.json`),
      read: async (path) => {
        const classes = await readDrawnClasses(dirname(dirname(path)));
        if (!classes.every(({ colour }) => colour.length === 3)) throw new Wrong("no colours");
      },
    },
    {
      path: "run/images/drawn.json",
      text: JSON.stringify([{ name: "a", mIoU: 0.5, classes: [0, 1] }, {
        name: "b",
        mIoU: null,
        classes: [],
      }]),
      read: async (path) => {
        const drawn = await readDrawn(dirname(dirname(path)));
        if (!Array.isArray(drawn)) throw new Wrong("no pictures");
      },
    },
    {
      path: "class_embeddings.json",
      text: JSON.stringify({
        classes: ["a", "b", "c"],
        palette: [[1, 2, 3], [4, 5, 6], [7, 8, 9]],
        embeddings: [[1, 2, 3, 4], [2, 0.5, 1, 0], [0, 1, 0, 1]],
        decoded: [[1, 2], [2, 0.5], [0, 1]],
      }),
      read: async (path) => {
        const { embeddings, classes } = await readClassEmbeddings(path);
        const { points } = classPlane(embeddings);
        const isSound = points.length === classes.length && points.flat().every(Number.isFinite);
        if (!isSound) throw new Wrong(`${points}`);
      },
    },
  ]);
}
