import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";

/** A repository on the server, of a model if it is not said: one commit, that `main`, `refs/pr/1` and itself name. */
export interface Repository {
  readonly files: Readonly<Record<string, Uint8Array | string>>;
  readonly kind?: "dataset";
  /** Who may read the files: all, those with the token, or nobody else but the owner. */
  readonly access?: "public" | "gated" | "private";
}

/** What the server does wrong; a test may change it at any time. */
export interface Faults {
  /** The content network breaks the connection after so many bytes of an answer. */
  breakAfter?: number;
  /** It sends no byte after so many. */
  stallAfter?: number;
  /** It changes one byte of what it sends. */
  damage?: boolean;
  /** It sends all of a file where a part is asked for (but for the client library's first byte). */
  ignoreRange?: boolean;
  /** The hub answers everything with this status. */
  status?: number;
  /** The listing says this size of model.safetensors. */
  size?: number;
  /** The hub answers with a page of HTML, as a server that is no hub does. */
  html?: boolean;
  /** Milliseconds that it takes for a piece of what it sends. */
  pause?: number;
  /** The content network has the next pages of listings. */
  pagesElsewhere?: boolean;
}

/** A request as the server saw it. */
export interface Seen {
  readonly host: "hub" | "cdn";
  /** Method and path, without a query. */
  readonly request: string;
  readonly range: string | null;
  readonly authorization: string | null;
}

/** The token that gated repositories ask for. */
export const TOKEN = "hf_permitted";

/** The commit of every repository. */
export const COMMIT = "0123456789abcdef0123456789abcdef01234567";

/** Large files are those that Git LFS keeps: the hub redirects to the content network for them. */
const isLarge = (path: string) => /\.(safetensors|bin|pth|pt|npz|onnx|parquet)$/.test(path);

const bytesOf = (contents: Uint8Array | string) =>
  typeof contents === "string" ? new TextEncoder().encode(contents) : contents.slice();

/** SHA-256 in hexadecimal digits. */
export const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/** Git's hash of a file, in hexadecimal digits. */
export const gitSha1 = (bytes: Uint8Array) =>
  createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");

/**
 * A hub and its content network on two ports of this machine, which answer as huggingface.co and
 * its CDN do: models' commits, listings in pages, redirects with X-Linked-Etag, ranges, and errors
 * with X-Error-Code.
 */
export class HubServer implements AsyncDisposable {
  readonly seen: Seen[] = [];
  readonly faults: Faults = {};
  /** Large files that were sent and are of no commit yet, by their SHA-256. */
  readonly #large = new Map<string, Uint8Array>();
  readonly #hub: Deno.HttpServer<Deno.NetAddr>;
  readonly #cdn: Deno.HttpServer<Deno.NetAddr>;

  constructor(readonly repositories: Record<string, Repository>) {
    const options = { hostname: "127.0.0.1", port: 0, onListen: () => {}, onError: broken };
    this.#hub = Deno.serve(options, (request) => this.#answer("hub", request));
    this.#cdn = Deno.serve(options, (request) => this.#answer("cdn", request));
  }

  get address(): string {
    return `http://127.0.0.1:${this.#hub.addr.port}`;
  }

  get cdnAddress(): string {
    return `http://127.0.0.1:${this.#cdn.addr.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#hub.shutdown();
    await this.#cdn.shutdown();
  }

  #answer(host: "hub" | "cdn", request: Request): Response | Promise<Response> {
    const url = new URL(request.url);
    const { method, headers } = request;
    this.seen.push({
      host,
      request: `${method} ${url.pathname}`,
      range: headers.get("range"),
      authorization: headers.get("authorization"),
    });
    if (this.faults.status) {
      return Response.json({ error: "out of order" }, { status: this.faults.status });
    }
    if (this.faults.html) {
      return new Response("<html>", { headers: { "content-type": "text/html" } });
    }
    if (["POST", "PUT"].includes(method)) return this.#taken(url, request);
    if (host === "cdn" && !url.pathname.startsWith("/api/")) return this.#content(url, request);
    return this.#api(url, request) ?? this.#resolve(url, request) ?? notFound("NotFound");
  }

  /** What the client library sends to upload: a repository, sizes, large files, and a commit. */
  async #taken(url: URL, request: Request): Promise<Response> {
    if (request.method === "PUT") {
      const bytes = new Uint8Array(await request.arrayBuffer());
      if (url.pathname !== `/large/${sha256(bytes)}`) return refusal(400, null, "Another hash");
      this.#large.set(sha256(bytes), bytes);
      return new Response();
    }
    const authorization = request.headers.get("authorization");
    if (authorization !== `Bearer ${TOKEN}`) {
      return refusal(authorization ? 403 : 401, null, "You don't have the rights to write");
    }
    const text = await request.text();
    if (url.pathname === "/api/repos/create") {
      const { organization, name } = JSON.parse(text);
      const id = `${organization}/${name}`;
      if (this.repositories[id]) return refusal(409, null, "You already created this model repo");
      this.repositories[id] = { files: {} };
      return Response.json({ url: `${this.address}/${id}`, id });
    }
    const [, id, kind] = url.pathname.match(
      /^\/(?:api\/models\/)?([^/]+\/[^/]+?)(?:\.git\/info\/lfs\/objects)?\/(preupload|commit|batch)/,
    ) ?? [];
    if (id === undefined || !this.repositories[id]) return notFound("RepoNotFound");
    if (kind === "preupload") {
      const files = JSON.parse(text).files.map(({ path }: { path: string }) => {
        return { path, uploadMode: isLarge(path) ? "lfs" : "regular" };
      });
      return Response.json({ files });
    }
    if (kind === "batch") {
      const objects = JSON.parse(text).objects.map((one: { oid: string; size: number }) => {
        return { ...one, actions: { upload: { href: `${this.cdnAddress}/large/${one.oid}` } } };
      });
      return Response.json({ transfer: "basic", objects });
    }
    const [, ...entries] = text.split("\n").map((line) => JSON.parse(line));
    const added = entries.map(({ key, value }) => {
      const bytes = key === "lfsFile"
        ? this.#large.get(value.oid)
        : Buffer.from(value.content, "base64");
      return [value.path, bytes && new Uint8Array(bytes)] as const;
    });
    if (added.some(([, bytes]) => bytes === undefined)) {
      return refusal(400, null, "LFS pointer missing");
    }
    const before = this.repositories[id]!;
    const files = { ...before.files, ...Object.fromEntries(added) as Record<string, Uint8Array> };
    this.repositories[id] = { ...before, files };
    const commitUrl = `${this.address}/${id}/commit/${COMMIT}`;
    return Response.json({ success: true, commitOid: COMMIT, commitUrl, hookOutput: "" });
  }

  #api(url: URL, request: Request): Response | undefined {
    const [, of, id, kind, rest] = url.pathname.match(
      /^\/api\/(models|datasets)\/([^/]+\/[^/]+)\/(revision|tree)\/(.*)$/,
    ) ?? [];
    if (!id || rest === undefined) return undefined;
    if (!this.#isOf(id, of === "datasets")) return refusal(401, "RepoNotFound", "Not found");
    const refused = this.#refused(id, request, "listing");
    if (refused) return refused;
    const [revision = "", ...folder] = rest.split("/").map(decodeURIComponent);
    if (!isRevision(revision)) return notFound("RevisionNotFound", `Invalid rev id: ${revision}`);
    return kind === "revision"
      ? Response.json({
        _id: "1",
        id,
        sha: COMMIT,
        private: false,
        lastModified: "2024-01-01T00:00:00.000Z",
        downloads: 0,
        likes: 0,
        gated: false,
      })
      : this.#listing(id, folder.join("/"), url);
  }

  /** Whether a repository that is there is of a data set, or of a model. */
  #isOf(id: string, dataset: boolean): boolean {
    const repository = this.repositories[id];
    return !repository || (repository.kind === "dataset") === dataset;
  }

  /** Two entries a page, the next one's address in the Link header. */
  #listing(id: string, folder: string, url: URL): Response {
    const { files } = this.repositories[id]!;
    const inside = folder === "" ? "" : `${folder}/`;
    const below = Object.keys(files).filter((path) => path.startsWith(inside));
    const names = [
      ...new Set(below.flatMap((path) => {
        const folders = path.slice(inside.length).split("/");
        const depth = url.searchParams.get("recursive") ? folders.length : 1;
        return Array.from({ length: depth }, (_, i) => inside + folders.slice(0, i + 1).join("/"));
      })),
    ];
    const first = Number(url.searchParams.get("cursor") ?? 0);
    const entries = names.slice(first, first + 2).map((path) => this.#entry(path, files[path]));
    const host = this.faults.pagesElsewhere ? this.cdnAddress : this.address;
    const query = new URLSearchParams(url.searchParams);
    query.set("cursor", `${first + 2}`);
    const link = `<${host}${url.pathname}?${query}>; rel="next"`;
    return Response.json(entries, { headers: first + 2 < names.length ? { link } : {} });
  }

  #entry(path: string, contents: Uint8Array | string | undefined) {
    if (contents === undefined) return { type: "directory", path, size: 0, oid: COMMIT };
    const bytes = bytesOf(contents);
    const size = path === "model.safetensors" && this.faults.size || bytes.length;
    const lfs = isLarge(path) ? { lfs: { oid: sha256(bytes), size, pointerSize: 134 } } : {};
    // The oid of a large file is that of its pointer, not of its bytes.
    return { type: "file", path, size, oid: isLarge(path) ? COMMIT : gitSha1(bytes), ...lfs };
  }

  #resolve(url: URL, request: Request): Response | undefined {
    const [, of, id, revision, rest] = url.pathname.match(
      /^\/(datasets\/)?([^/]+\/[^/]+)\/resolve\/([^/]+)\/(.*)$/,
    ) ?? [];
    if (!id || !revision || rest === undefined) return undefined;
    if (!this.#isOf(id, of !== undefined)) return refusal(401, "RepoNotFound", "Not found");
    const refused = this.#refused(id, request, "files");
    if (refused) return refused;
    if (!isRevision(decodeURIComponent(revision))) return notFound("RevisionNotFound");
    const path = decodeURIComponent(rest);
    const contents = this.repositories[id]!.files[path];
    if (contents === undefined) return notFound("EntryNotFound", "Entry not found");
    const bytes = bytesOf(contents);
    const commit = { "X-Repo-Commit": COMMIT };
    if (!isLarge(path)) {
      return part(bytes, request, { ...commit, ETag: `"${gitSha1(bytes)}"` });
    }
    return new Response(null, {
      status: 302,
      headers: {
        ...commit,
        "Location": `${this.cdnAddress}/${id}/${rest}`,
        "X-Linked-Etag": `"${sha256(bytes)}"`,
        "X-Linked-Size": `${bytes.length}`,
      },
    });
  }

  #content(url: URL, request: Request): Response {
    const [organisation, name, ...path] = decodeURIComponent(url.pathname.slice(1)).split("/");
    const contents = this.repositories[`${organisation}/${name}`]!.files[path.join("/")]!;
    const bytes = bytesOf(contents);
    const isProbe = request.headers.get("range") === "bytes=0-0";
    const { breakAfter, stallAfter, damage, ignoreRange } = this.faults;
    if (damage) bytes[bytes.length - 1]! ^= 1;
    const asked = ignoreRange && !isProbe ? new Request(request.url) : request;
    const answer = part(bytes, asked, { ETag: '"of-the-content-network"' });
    if (isProbe) return answer;
    return cut(slowed(answer, this.faults.pause ?? 0), breakAfter, stallAfter);
  }

  #refused(id: string, request: Request, what: "listing" | "files"): Response | undefined {
    const authorization = request.headers.get("authorization");
    const known = authorization === null ||
      ["Bearer hf_other", `Bearer ${TOKEN}`].includes(authorization);
    if (!known) return refusal(401, null, "Invalid credentials in Authorization header");
    const access = this.repositories[id]?.access ?? "public";
    const permitted = authorization === `Bearer ${TOKEN}`;
    if (!this.repositories[id] || (access === "private" && !permitted)) {
      return authorization
        ? refusal(404, "RepoNotFound", "Repository not found")
        : refusal(401, "RepoNotFound", "Invalid username or password.");
    }
    if (access === "public" || permitted || what === "listing") return undefined;
    return refusal(authorization ? 403 : 401, "GatedRepo", `Access to model ${id} is restricted.`);
  }
}

/** Ends the connection where an answer breaks. */
const broken = () => new Response(null, { status: 500 });

const isRevision = (revision: string) => ["main", "refs/pr/1", COMMIT].includes(revision);

const notFound = (code: string, message = "Not found") => refusal(404, code, message);

function refusal(status: number, code: string | null, message: string): Response {
  const headers = { "X-Error-Message": message, ...(code !== null && { "X-Error-Code": code }) };
  return Response.json({ error: message }, { status, headers });
}

/** All of a file, or the part that a request asks for. */
function part(bytes: Uint8Array<ArrayBuffer>, request: Request, headers: Record<string, string>) {
  const [, first, last] = request.headers.get("range")?.match(/^bytes=(\d+)-(\d*)$/) ?? [];
  if (first === undefined) {
    return new Response(bytes, { headers: { ...headers, "Content-Length": `${bytes.length}` } });
  }
  const [start, end] = [Number(first), last ? Number(last) + 1 : bytes.length];
  if (start >= bytes.length) return new Response(null, { status: 416, headers });
  const range = `bytes ${start}-${Math.min(end, bytes.length) - 1}/${bytes.length}`;
  return new Response(bytes.slice(start, end), {
    status: 206,
    headers: { ...headers, "Content-Range": range },
  });
}

/** An answer in pieces of 64 KiB, with a pause before each. */
function slowed(answer: Response, pause: number): Response {
  if (pause === 0) return answer;
  const body = answer.body!.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      async transform(bytes, controller) {
        for (let at = 0; at < bytes.length; at += 1 << 16) {
          await new Promise((resolve) => setTimeout(resolve, pause));
          controller.enqueue(bytes.subarray(at, at + (1 << 16)));
        }
      },
    }),
  );
  return new Response(body, answer);
}

/** An answer that breaks, or falls silent, after some bytes. */
function cut(answer: Response, breakAfter?: number, stallAfter?: number): Response {
  const after = breakAfter ?? stallAfter;
  if (after === undefined) return answer;
  let sent = 0;
  const body = answer.body!.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      async transform(bytes, controller) {
        controller.enqueue(bytes.subarray(0, after - sent));
        sent += bytes.length;
        if (sent <= after) return;
        if (breakAfter === undefined) return await new Promise(() => {});
        await new Promise((resolve) => setTimeout(resolve, 20)); // let the first bytes go
        controller.error(new Error("broken on purpose"));
      },
    }),
  );
  return new Response(body, answer);
}
