import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, readlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { downloadCheckpoint, type DownloadProgress } from "../../lib/hub/download.ts";
import { withFolder } from "../data/fixtures.ts";
import { COMMIT, gitSha1, HubServer, type Repository, sha256, TOKEN } from "./hub_server.ts";
import { assertSame } from "../same.ts";

const ID = "nvidia/segformer-tiny";
const WEIGHTS = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 7 + (i >> 8)) % 251);
const CONFIG = '{"model_type": "segformer"}';

const segformer: Repository = {
  files: {
    ".gitattributes": "",
    "README.md": "# SegFormer",
    "config.json": CONFIG,
    "model.safetensors": WEIGHTS,
    "preprocessor_config.json": "{}",
    "pytorch_model.bin": WEIGHTS,
    "tf_model.h5": "unneeded",
  },
};

interface Setting {
  readonly server: HubServer;
  readonly cache: string;
  readonly dir: string;
  download(
    name?: string,
    options?: { revision?: string; out?: string; token?: string; endpoint?: string },
  ): ReturnType<typeof downloadCheckpoint>;
  readonly progress: DownloadProgress[];
}

/** Runs a test body with a hub that has these repositories, and an empty cache. */
async function withHub(
  repositories: Readonly<Record<string, Repository>>,
  body: (setting: Setting) => Promise<void>,
): Promise<void> {
  await withFolder(async (dir) => {
    await using server = new HubServer(repositories);
    const cache = join(dir, "hub");
    const progress: DownloadProgress[] = [];
    const download: Setting["download"] = (name = ID, options = {}) => {
      const { endpoint = server.address, token, revision = "main", out } = options;
      return downloadCheckpoint(name, {
        settings: { endpoint, token, cache, timeout: 2 },
        revision,
        out,
        onProgress: (p) => progress.push(p),
      });
    };
    await body({ server, cache, dir, download, progress });
  });
}

/** An address of this machine at which nobody listens. */
function closedAddress(): string {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return `http://127.0.0.1:${(listener.addr as Deno.NetAddr).port}`;
}

const repositoryIn = (cache: string) => join(cache, "models--nvidia--segformer-tiny");
const blobIn = (cache: string, hash: string) => join(repositoryIn(cache), "blobs", hash);
const weightsIn = (cache: string) => blobIn(cache, sha256(WEIGHTS));

/** The content network's answers to requests for bytes, as their ranges. */
const ranges = ({ seen }: HubServer) =>
  seen.filter(({ host, range }) => host === "cdn" && range !== "bytes=0-0").map((s) => s.range);

Deno.test("downloadCheckpoint() fills the cache in the layout of Hugging Face's libraries", () =>
  withHub({ [ID]: segformer }, async ({ cache, download, progress }) => {
    const { folder, model, files, fetched, unchecked } = await download();
    assertEquals(folder, join(repositoryIn(cache), "snapshots", COMMIT));
    assertEquals([model, unchecked], [folder, undefined]);
    const names = ["config.json", "preprocessor_config.json", "model.safetensors"];
    assertEquals(files.map(({ name }) => name), names);
    assertEquals((await readdir(folder)).sort(), [...names].sort());
    assertEquals(await readFile(join(folder, "config.json"), "utf8"), CONFIG);
    assertSame(new Uint8Array(await readFile(join(folder, "model.safetensors"))), WEIGHTS);

    const hash = gitSha1(new TextEncoder().encode(CONFIG));
    assertEquals(await readlink(join(folder, "config.json")), `../../blobs/${hash}`);
    assertEquals(
      await readlink(join(folder, "model.safetensors")),
      `../../blobs/${sha256(WEIGHTS)}`,
    );
    assertEquals(await readFile(join(repositoryIn(cache), "refs", "main"), "utf8"), COMMIT);
    assertEquals((await readdir(join(repositoryIn(cache), "blobs"))).length, 3);

    const size = WEIGHTS.length + CONFIG.length + 2;
    assertEquals(fetched, size);
    assertEquals(progress.at(-1), {
      name: "model.safetensors",
      done: size,
      total: size,
      fetched: size,
    });
  }));

Deno.test("downloadCheckpoint() fetches nothing when all is there, and only what is damaged", () =>
  withHub({ [ID]: segformer }, async ({ server, cache, download }) => {
    await download();
    server.seen.length = 0;
    assertEquals((await download()).fetched, 0);
    assertEquals(server.seen.filter(({ request }) => request.includes("resolve")), []);

    const damaged = WEIGHTS.with(100, WEIGHTS[100]! ^ 1);
    await writeFile(weightsIn(cache), damaged);
    assertEquals((await download()).fetched, WEIGHTS.length);
    assertSame(new Uint8Array(await readFile(weightsIn(cache))), WEIGHTS);
  }));

Deno.test("downloadCheckpoint() puts plain files into the folder that is given", () =>
  withHub({ [ID]: segformer }, async ({ cache, dir, download }) => {
    const out = join(dir, "mine");
    const { folder, model } = await download(ID, { out });
    assertEquals([folder, model], [out, out]);
    const names = ["config.json", "model.safetensors", "preprocessor_config.json"];
    assertEquals((await readdir(out)).sort(), names);
    assertEquals(existsSync(cache), false);
    assertEquals((await download(ID, { out })).fetched, 0);

    await writeFile(join(out, "other.pth"), "");
    assertEquals((await download(ID, { out })).model, join(out, "model.safetensors"));
  }));

Deno.test("downloadCheckpoint() goes on where a broken download ended", () =>
  withHub({ [ID]: segformer }, async ({ server, cache, download, progress }) => {
    server.faults.breakAfter = 100_000;
    const { message } = await assertRejects(() => download(), Error, "the connection broke");
    assertStringIncludes(message, "Cannot download model.safetensors: all of its 300000 bytes");
    assertStringIncludes(message, "run the command again, and it goes on from there");
    assertEquals(existsSync(weightsIn(cache)), false);
    assertEquals(existsSync(join(repositoryIn(cache), "refs")), false);
    const left = (await readFile(`${weightsIn(cache)}.incomplete`)).length;
    assert(left > 0 && left <= 100_000, `${left}`);

    delete server.faults.breakAfter;
    [server.seen.length, progress.length] = [0, 0];
    const { folder, fetched } = await download();
    assertEquals(fetched, WEIGHTS.length - left);
    assertEquals(ranges(server), [`bytes=${left}-`]);
    assertSame(new Uint8Array(await readFile(join(folder, "model.safetensors"))), WEIGHTS);
    assertEquals(existsSync(`${weightsIn(cache)}.incomplete`), false);
    assertEquals(progress.at(-1)!.fetched, WEIGHTS.length - left);
  }));

Deno.test("downloadCheckpoint() begins anew when the server ignores ranges or the part is damaged", () =>
  withHub({ [ID]: segformer }, async ({ server, cache, download }) => {
    const partial = `${weightsIn(cache)}.incomplete`;
    const cases = [
      { left: WEIGHTS.subarray(0, 1000), ignoreRange: true, asked: ["bytes=1000-"] },
      { left: new Uint8Array(1000), ignoreRange: false, asked: ["bytes=1000-", null] },
      { left: new Uint8Array(WEIGHTS.length), ignoreRange: false, asked: [null] },
      { left: new Uint8Array(WEIGHTS.length + 1), ignoreRange: false, asked: [null] },
    ];
    for (const { left, ignoreRange, asked } of cases) {
      await Deno.remove(cache, { recursive: true }).catch(() => {});
      await mkdir(join(repositoryIn(cache), "blobs"), { recursive: true });
      await writeFile(partial, left);
      server.seen.length = 0;
      server.faults.ignoreRange = ignoreRange;
      const { folder } = await download();
      assertEquals(ranges(server), asked);
      assertSame(new Uint8Array(await readFile(join(folder, "model.safetensors"))), WEIGHTS);
    }
  }));

Deno.test("downloadCheckpoint() throws away what has the wrong hash", () =>
  withHub({ [ID]: segformer }, async ({ server, cache, download }) => {
    server.faults.damage = true;
    await assertRejects(
      () => download(),
      TypeError,
      `Cannot download model.safetensors: SHA-256 ${sha256(WEIGHTS)} needed, got `,
    );
    assertEquals(existsSync(weightsIn(cache)), false);
    assertEquals(existsSync(`${weightsIn(cache)}.incomplete`), false);
    server.faults.damage = false;
    await download();
  }));

Deno.test("downloadCheckpoint() gives up when a connection falls silent, and goes on later", () =>
  withHub({ [ID]: segformer }, async ({ server, download }) => {
    server.faults.stallAfter = 50_000;
    await assertRejects(() => download(), Error, "2 s without a byte");
    delete server.faults.stallAfter;
    assert((await download()).fetched < WEIGHTS.length);
  }));

Deno.test("downloadCheckpoint() fetches once when two of it run at a time", () =>
  withHub({ [ID]: segformer }, async ({ server, download }) => {
    const [first, second] = await Promise.all([download(), download()]);
    assertEquals(first.folder, second.folder);
    assertEquals(ranges(server), [null]);
  }));

Deno.test("downloadCheckpoint() brings an index and its shards", () => {
  const weight_map = {
    a: "model-00001-of-00002.safetensors",
    b: "model-00002-of-00002.safetensors",
  };
  const files = {
    "config.json": CONFIG,
    "model.safetensors.index.json": JSON.stringify({ weight_map }),
    [weight_map.a]: WEIGHTS.subarray(0, 500),
    [weight_map.b]: WEIGHTS.subarray(500, 900),
    "other.safetensors": WEIGHTS,
  };
  return withHub({ [ID]: { files } }, async ({ download }) => {
    const { folder, model, files } = await download();
    const index = "model.safetensors.index.json";
    const names = files.map(({ name }) => name);
    assertEquals(names, ["config.json", index, weight_map.a, weight_map.b]);
    assertEquals(model, folder);
    assertEquals((await readdir(folder)).sort(), names.toSorted());
  });
});

Deno.test("downloadCheckpoint() brings one of several checkpoints, with what lies beside it", () => {
  const files = {
    "vit.npz": WEIGHTS,
    "seg tiny/checkpoint.pth": WEIGHTS.subarray(0, 900),
    "seg tiny/variant.yml": "net_kwargs: {}",
    "seg tiny/log.txt": "",
  };
  return withHub({ [ID]: { files } }, async ({ cache, dir, download }) => {
    const { folder } = await download(`${ID}/seg tiny/checkpoint.pth`);
    assertEquals(folder, join(repositoryIn(cache), "snapshots", COMMIT, "seg tiny"));
    assertEquals((await readdir(folder)).sort(), ["checkpoint.pth", "variant.yml"]);
    assertEquals((await readFile(join(folder, "checkpoint.pth"))).length, 900);

    const out = join(dir, "mine");
    await download(`${ID}/seg tiny/checkpoint.pth`, { out });
    assertEquals((await readdir(out)).sort(), ["checkpoint.pth", "variant.yml"]);
  });
});

Deno.test("downloadCheckpoint() brings a revision by branch and by commit", () =>
  withHub({ [ID]: segformer }, async ({ cache, download }) => {
    await download(ID, { revision: "refs/pr/1" });
    const ref = join(repositoryIn(cache), "refs", "refs", "pr", "1");
    assertEquals(await readFile(ref, "utf8"), COMMIT);
    assertEquals((await download(ID, { revision: COMMIT })).fetched, 0);
    assertEquals(await readdir(join(repositoryIn(cache), "refs")), ["refs"]);
    await assertRejects(
      () => download(ID, { revision: "v2" }),
      RangeError,
      `Cannot download ${ID}: a branch, tag or commit of it needed, got revision v2`,
    );
  }));

Deno.test("downloadCheckpoint() shows its token to the hub and to nobody else", () =>
  withHub({ [ID]: { ...segformer, access: "gated" } }, async ({ server, download }) => {
    await download(ID, { token: TOKEN });
    const shown = (host: string) =>
      new Set(server.seen.filter((s) => s.host === host).map(({ authorization }) => authorization));
    assertEquals(shown("hub"), new Set([`Bearer ${TOKEN}`]));
    assertEquals(shown("cdn"), new Set([null]));
  }));

Deno.test("downloadCheckpoint() keeps its token from where the next page of a listing is", () =>
  withHub({ [ID]: segformer }, async ({ download, server }) => {
    server.faults.pagesElsewhere = true;
    await download(ID, { token: TOKEN });
    const pages = server.seen.filter(({ host, request }) => host === "cdn" && /tree/.test(request));
    assert(pages.length > 0);
    assertEquals(pages.filter(({ authorization }) => authorization !== null), []);
  }));

Deno.test("downloadCheckpoint() sends its token in clear text to this machine alone", () =>
  withHub({ [ID]: segformer }, async ({ download, server }) => {
    for (const endpoint of ["http://192.0.2.1", "http://127.0.0.1.example.org:8080"]) {
      const error = await assertRejects(() => download(ID, { token: TOKEN, endpoint }), RangeError);
      assertStringIncludes(error.message, `needed for HF_TOKEN, which is never sent in clear text`);
      assertStringIncludes(error.message, `got ${endpoint}; set HF_ENDPOINT`);
    }
    await download(ID, {
      token: TOKEN,
      endpoint: server.address.replace("127.0.0.1", "localhost"),
    });
  }));

Deno.test("downloadCheckpoint() says what to do when a model is gated, private or not there", () => {
  const repositories = {
    [ID]: { ...segformer, access: "gated" as const },
    "a/private": { ...segformer, access: "private" as const },
  };
  return withHub(repositories, async ({ server, download }) => {
    const says = async (name: string, token: string | undefined, text: string) =>
      await assertRejects(
        () => download(name, token === undefined ? {} : { token }),
        RangeError,
        text,
      );
    const accept = `accept the terms at ${server.address}/${ID} and set HF_TOKEN to a token from`;
    await says(ID, undefined, `needed (the model is gated), got no token; ${accept}`);
    await says(ID, "hf_other", `got the token (HF_TOKEN) of an account without it; ${accept}`);
    await says(ID, "hf_expired", "a valid token needed, got one in HF_TOKEN that is not");
    for (const name of ["a/private", "a/unknown"]) {
      await says(name, undefined, `got ${name}, which is not there or is private; for a private`);
      await says(name, "hf_other", "private to others than HF_TOKEN's account");
    }
  });
});

Deno.test("downloadCheckpoint() names the address when no hub answers there", () =>
  withHub({ [ID]: segformer }, async ({ server, download }) => {
    const endpoint = closedAddress();
    const { message } = await assertRejects(() => download(ID, { endpoint }), Error);
    assertStringIncludes(message, `Cannot download ${ID}: an answer of ${endpoint} needed, got `);
    assertStringIncludes(message, "refused");
    assertStringIncludes(message, "or set HF_ENDPOINT to the address of a mirror");

    server.faults.status = 503;
    await assertRejects(() => download(), Error, "got status 503 (out of order); try again later");
    delete server.faults.status;
    server.faults.html = true;
    const { message: html } = await assertRejects(() => download(), TypeError);
    assertStringIncludes(html, `Hugging Face hub gives them needed from ${server.address}, got `);
    assertStringIncludes(html, "see HF_ENDPOINT");
  }));

Deno.test("downloadCheckpoint() uses what is in the cache when no hub answers, and says so", () =>
  withHub({ [ID]: segformer }, async ({ cache, dir, download }) => {
    const endpoint = closedAddress();
    const { folder } = await download();
    const offline = await download(ID, { endpoint });
    assertEquals([offline.folder, offline.files.length], [folder, 3]);
    assertStringIncludes(offline.unchecked!, `an answer of ${endpoint} needed`);
    await assertRejects(() => download(ID, { endpoint, out: join(dir, "mine") }), Error, endpoint);
    await assertRejects(() => download(ID, { endpoint, revision: "v2" }), Error, endpoint);

    await Deno.remove(weightsIn(cache)); // the link to it stays
    await assertRejects(() => download(ID, { endpoint }), Error, endpoint);
  }));

Deno.test("downloadCheckpoint() needs room on the disk before it begins, and a folder to write", () =>
  withHub({ [ID]: segformer }, async ({ server, dir, download }) => {
    await writeFile(join(dir, "file"), "");
    const { message } = await assertRejects(() => download(ID, { out: join(dir, "file") }), Error);
    assertStringIncludes(message, "it needs a folder above it, got a file of that name");

    server.faults.size = 8e15;
    const full = await assertRejects(() => download(), RangeError);
    assert(
      /8000 TB of free space needed, got [\d.]+ \w+; make room/.test(full.message),
      full.message,
    );
    assertEquals(ranges(server), []);
  }));

Deno.test("downloadCheckpoint() writes nothing where the listing's names lead out of the folder", () => {
  const files = { "..\\..\\evil.pth": WEIGHTS, "C:evil.pth": WEIGHTS, "good.pth": WEIGHTS };
  return withHub({ [ID]: { files } }, async ({ download }) => {
    const { files } = await download();
    assertEquals(files.map(({ name }) => name), ["good.pth"]);
  });
});
