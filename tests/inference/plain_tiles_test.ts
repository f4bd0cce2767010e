import { assert, assertRejects } from "@std/assert";
import { classify } from "../../lib/inference/classify.ts";
import { Pass, type Scorer } from "../../lib/inference/pass.ts";
import { PlainTiles } from "../../lib/inference/plain_tiles.ts";
import { TileClassifier } from "../../lib/inference/tiles.ts";
import { softmax } from "../../lib/graph/ops/normalize.ts";
import { stream } from "../../lib/random.ts";

const CLASSES = 11;
const WINDOW = 64;
const CELLS = 8;

/** Gives windows scores without looking at them. */
function scorer(): Scorer {
  const random = stream("scores", 1);
  return {
    layout: () =>
      Promise.resolve({ cells: [CELLS, CELLS], covered: [WINDOW, WINDOW], classes: CLASSES }),
    run: (_, scores) => {
      for (let i = 0; i < scores.length; i++) scores[i] = random.normal();
      return Promise.resolve();
    },
  };
}

async function labels(size: readonly [number, number], plain: boolean): Promise<Uint8Array> {
  const window = [WINDOW, WINDOW] as const;
  const view = {
    size: [150, 200],
    resampling: null,
    seen: [150, 200],
    window,
    stride: [48, 48],
    direct: false,
    mirrored: false,
  } as const;
  const none = () => ({ shape: [3, WINDOW, WINDOW], data: new Float32Array() });
  const pass = await Pass.open(scorer(), view, none, size);
  const found = new Uint8Array(size[0] * size[1]);
  const take =
    (side: number) => (tile: Uint8Array, rows: readonly number[], columns: readonly number[]) => {
      for (let y = rows[0]!; y < rows[1]!; y++) {
        for (let x = columns[0]!; x < columns[1]!; x++) {
          found[y * size[1] + x] = tile[(y - rows[0]!) * side + x - columns[0]!]!;
        }
      }
    };
  if (plain) {
    const tiles = new PlainTiles(CLASSES);
    await classify(size, [pass], tiles, take(tiles.size.side));
  } else {
    const tiles = new TileClassifier({ probabilities: softmax }, CLASSES, 1, 1);
    const visit = take(tiles.size.side);
    await classify(size, [pass], tiles, (tile, rows, columns) => visit(tile.labels, rows, columns));
  }
  return found;
}

Deno.test("tiles without a runtime have the classes of those that ONNX Runtime computes", async () => {
  for (const size of [[150, 200], [333, 410], [40, 60]] as const) {
    const [plain, compiled] = [await labels(size, true), await labels(size, false)];
    const same = plain.filter((label, i) => label === compiled[i]).length / plain.length;
    assert(same >= 0.9999, `${size}: ${same}`);
  }
});

Deno.test("scores that are no numbers have no largest class", async () => {
  const tiles = new PlainTiles(2);
  const scores = new Float32Array(tiles.size.cells ** 2 * 2).fill(NaN);
  const matrix = new Float32Array(tiles.size.side * tiles.size.cells).fill(1);
  await assertRejects(
    () => tiles.classify([{ cells: 36, windows: [1, 1], scores, rows: matrix, columns: matrix }]),
    RangeError,
    "needs finite scores",
  );
});
