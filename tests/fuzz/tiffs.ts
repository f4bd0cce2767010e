/** Damaged TIFFs of bands, with a place on Earth and without. */
import { decodePhoto } from "../../lib/images/decode.ts";
import { georeferenceOf } from "../../lib/images/georeference.ts";
import { openPicture } from "../../lib/images/picture_file.ts";
import type { Random } from "../../lib/random.ts";
import { little32 } from "../checkpoints/torch_file.ts";
import { GEOREFERENCE, type TiffSource, writeTiff } from "../images/tiff_writer.ts";
import { mutate, pick } from "./mutate.ts";
import { type Target, Wrong } from "./target.ts";

const size = { width: 9, height: 7 } as const;
const KINDS: readonly (readonly [TiffSource["bits"], TiffSource["format"], number])[] = [
  [8, 1, 2],
  [16, 1, 5],
  [16, 1, 1],
  [32, 3, 3],
  [32, 2, 4],
];
const FILES = KINDS.map(([bits, format, channels], k) =>
  writeTiff({
    ...size,
    bits,
    format,
    colours: 1,
    channels,
    samples: Array.from({ length: 63 * channels }, (_, i) => (i * 37) % 200),
    ...k % 2 === 0 ? { georeference: GEOREFERENCE } : { noData: "74" },
  })
);
const TOKENS = [0, 1, 2, 3, 5, 7, 8, 32773, 34712, 50000, 256, 258, 273, 277, 279, 322].map(
  little32,
);

/** The target for TIFFs that are read as bands. */
export const tiff: Target = {
  name: "tiff",
  make: (random) => new Map([["x.tif", damaged(random)]]),
  read: async (path) => {
    const file = await openPicture(path);
    const { channels } = file.header;
    const { image: { width, height, data } } = await decodePhoto(file, { channels });
    if (data.length !== width * height * channels) {
      throw new Wrong(`${width}×${height}×${channels} pixels have ${data.length} values`);
    }
    await georeferenceOf(path);
  },
  refusal: /^Cannot decode \/.+?: .*need.+, got .+/s,
};

function damaged(random: Random): Uint8Array {
  const bytes = pick(FILES, random);
  return mutate(bytes, random, { tokens: TOKENS, others: FILES });
}
