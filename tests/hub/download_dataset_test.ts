import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { downloadDataset } from "../../lib/hub/download_dataset.ts";
import { withFolder } from "../data/fixtures.ts";
import { assertSame } from "../same.ts";
import { HubServer, type Repository, sha256 } from "./hub_server.ts";

const ID = "segments/streets";
const TRAIN = Uint8Array.from({ length: 200_000 }, (_, i) => (i * 5 + (i >> 7)) % 253);
const VAL = TRAIN.slice(0, 3000);

const streets: Repository = {
  kind: "dataset",
  files: {
    ".gitattributes": "",
    "README.md": "# Streets",
    "id2label.json": '{"0": "road", "1": "sky"}',
    "data/train-00000-of-00001.parquet": TRAIN,
    "data/validation-00000-of-00001.parquet": VAL,
    "video.mp4": "unneeded",
  },
};

/** Runs a test body with a hub that has this repository. */
async function withHub(
  repository: Repository,
  body: (server: HubServer, out: string, download: Download) => Promise<void>,
): Promise<void> {
  await withFolder(async (dir) => {
    await using server = new HubServer({ [ID]: repository });
    const settings = { endpoint: server.address, token: undefined, cache: dir, timeout: 2 };
    const out = join(dir, "streets");
    const download: Download = (id = ID, revision = "main") =>
      downloadDataset(id, { settings, revision, out, onProgress: () => {} });
    await body(server, out, download);
  });
}

type Download = (id?: string, revision?: string) => ReturnType<typeof downloadDataset>;

Deno.test("downloadDataset() brings Parquet files by their paths, terms and classes", () =>
  withHub(streets, async (_, out, download) => {
    const { folder, files, fetched } = await download();
    const names = ["README.md", "id2label.json"];
    const parquet = ["train-00000-of-00001.parquet", "validation-00000-of-00001.parquet"];
    assertEquals(folder, out);
    assertEquals(files.map(({ name }) => name), [...names, ...parquet.map((p) => `data/${p}`)]);
    assertEquals((await readdir(out)).sort(), [...names, "data"].sort());
    assertEquals((await readdir(join(out, "data"))).sort(), parquet);
    assertSame(new Uint8Array(await readFile(join(out, "data", parquet[0]!))), TRAIN);
    assert(fetched > TRAIN.length + VAL.length);
    assertEquals((await download()).fetched, 0);
  }));

Deno.test("downloadDataset() goes on where it broke, and throws away what has the wrong hash", () =>
  withHub(streets, async (server, out, download) => {
    server.faults.breakAfter = 50_000;
    await assertRejects(() => download(), Error, "the connection broke");
    const partial = join(out, "data", "train-00000-of-00001.parquet.incomplete");
    const left = (await readFile(partial)).length;
    assert(left > 0);
    delete server.faults.breakAfter;
    server.faults.damage = true;
    await assertRejects(() => download(), TypeError, `SHA-256 ${sha256(TRAIN)} needed, got `);
    delete server.faults.damage;
    assert((await download()).fetched >= TRAIN.length - left);
    assertSame(new Uint8Array(await readFile(partial.replace(".incomplete", ""))), TRAIN);
  }));

Deno.test("downloadDataset() says what a data set without Parquet files has, and what to try", () =>
  withHub(
    { kind: "dataset", files: { "a/1.jpg": "x", "README.md": "y" } },
    async (_, __, download) => {
      await assertRejects(
        () => download(),
        RangeError,
        `Cannot download the data set ${ID}: Parquet files (*.parquet) needed, got a/1.jpg, ` +
          "README.md; the hub makes them of many data sets: try the revision refs/convert/parquet",
      );
    },
  ));

Deno.test("downloadDataset() wants an id of a data set, and a folder without other files", () =>
  withHub(streets, async (server, out, download) => {
    await assertRejects(() => download("streets"), RangeError, "an id such as segments/");
    await assertRejects(
      () => download("segments/others"),
      RangeError,
      `the id of a data set at ${server.address} needed, got segments/others, which is not there`,
    );
    await download();
    await writeFile(join(out, "train-old.parquet"), "");
    await assertRejects(
      () => download(),
      RangeError,
      "got 1 file that it does not have (train-old.parquet); remove them",
    );
  }));
