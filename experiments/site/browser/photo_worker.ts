/** Segments photos beside the page, which stays quick meanwhile: as `segment` does, by its code. */
import { classify } from "../../../lib/inference/classify.ts";
import { cutterOf } from "../../../lib/inference/cutter.ts";
import { Pass } from "../../../lib/inference/pass.ts";
import { PlainTiles } from "../../../lib/inference/plain_tiles.ts";
import { anchors, viewsOf } from "../../../lib/inference/views.ts";
import type { SiteModel } from "../page_data.ts";
import { BrowserNetwork } from "./browser_network.ts";
import { download } from "./download.ts";
import { withoutAlpha } from "./opened_photo.ts";
import type { Asked, Said } from "./photo_messages.ts";

const page = globalThis as unknown as {
  postMessage(said: Said, transfer?: Transferable[]): void;
  onmessage: (event: MessageEvent<Asked>) => void;
};

const model = fetch(new URL("./model/model.json", globalThis.location.href))
  .then((response) => response.json() as Promise<SiteModel>);
const networks = new Map<boolean, Promise<BrowserNetwork>>();

page.onmessage = async ({ data }) => {
  try {
    await segment(data);
  } catch (error) {
    page.postMessage({
      kind: "error",
      text: error instanceof Error ? error.message : String(error),
    });
  }
};

async function segment({ width, height, pixels, plain }: Asked): Promise<void> {
  const known = networks.get(plain) ?? open(plain);
  networks.set(plain, known);
  const network = await known.catch((error) => {
    networks.delete(plain);
    throw error;
  });
  const { protocol, normalization, smallest, classes } = await model;
  if (Math.min(width, height) < smallest) {
    throw new RangeError(
      `Cannot segment the photo: at least ${smallest}×${smallest} pixels needed, got ${width}×${height}`,
    );
  }
  const image = withoutAlpha({ width, height, data: new Uint8Array(pixels) });
  const size = [height, width] as const;
  const view = viewsOf(size, protocol)[0]!;
  const windows = [0, 1].map((axis) =>
    anchors(view.seen[axis]!, view.window[axis]!, view.stride[axis]!).length
  ).reduce((product, count) => product * count);
  network.milliseconds = network.runs = 0;
  const told = {
    layout: () => network.layout(),
    run: async (...args: Parameters<BrowserNetwork["run"]>) => {
      progress(`Segmenting: window ${network.runs + 1} of ${windows}`);
      await network.run(...args);
    },
  };
  const started = performance.now();
  const pass = await Pass.open(told, view, cutterOf(image, view, normalization), size);
  const labels = new Uint8Array(width * height);
  const tiles = new PlainTiles(classes.length);
  const { side } = tiles.size;
  await classify(size, [pass], tiles, (tile, [top, bottom], [left, right]) => {
    for (let y = top; y < bottom; y++) {
      const start = (y - top) * side;
      labels.set(tile.subarray(start, start + right - left), y * width + left);
    }
  });
  const milliseconds = performance.now() - started;
  const { runs, where } = network;
  const { buffer } = labels;
  page.postMessage({ kind: "done", labels: buffer, milliseconds, runs, where }, [buffer]);
}

async function open(plain: boolean): Promise<BrowserNetwork> {
  const known = await model;
  const url = new URL("./model/network.onnx", globalThis.location.href);
  const bytes = await download(url, known.bytes, progress);
  progress("Preparing the network");
  return await BrowserNetwork.open(known, bytes, plain);
}

function progress(text: string): void {
  page.postMessage({ kind: "progress", text });
}
