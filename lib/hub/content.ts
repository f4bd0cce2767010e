import { fileDownloadInfo } from "@huggingface/hub";
import { encoded, type RemoteFile } from "./listing.ts";
import { hubFetch, type Wanted } from "./requests.ts";
import type { HubSettings } from "./settings.ts";

/** A file's bytes as they come. */
export interface Content {
  /** Where they begin: as asked, or 0 where the server sends all. */
  readonly from: number;
  /** They end with the file's last byte, or in an error. */
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** Asks for a file's bytes from byte `start` on. */
export type OpenContent = (start: number) => Promise<Content>;

/**
 * How to get a file of a repository at a commit. The client library's `downloadFile` gives a Blob
 * without a word on whether a range was honoured, and its `downloadFileToCacheDir` begins anew after
 * a break and checks no hash; so its `fileDownloadInfo` says where the bytes are, and the request is
 * made here. That is plain HTTP for files in the hub's Xet storage too, as every mirror has it.
 */
export function contentOf(
  settings: HubSettings,
  wanted: Wanted & { readonly commit: string },
  file: RemoteFile,
): OpenContent {
  const { endpoint, token, timeout } = settings;
  const request = hubFetch(settings, wanted);
  return async (start) => {
    const url = await contentUrl(settings, wanted, file);
    const isHub = new URL(url).origin === new URL(endpoint).origin;
    const silence = new Silence(timeout);
    const response = await request(url, {
      signal: silence.signal,
      headers: {
        "Accept-Encoding": "identity",
        ...(start > 0 && { Range: `bytes=${start}-` }),
        // Not to a content network: its addresses are signed, and the token is not its business.
        ...(token && isHub && { Authorization: `Bearer ${token}` }),
      },
    }).finally(() => silence.end());
    const from = response.status === 206 ? start : 0;
    return { from, chunks: received(response, from, file, silence) };
  };
}

async function contentUrl(
  settings: HubSettings,
  wanted: Wanted & { readonly commit: string },
  { path }: RemoteFile,
): Promise<string> {
  const { endpoint, token } = settings;
  const request = hubFetch(settings, wanted);
  const info = await fileDownloadInfo({
    repo: { type: wanted.kind ?? "model", name: wanted.id },
    path: encoded(path),
    revision: wanted.commit,
    hubUrl: endpoint,
    // It reads headers alone; a body left open would keep its connection.
    fetch: async (input, init) => {
      const response = await request(input, init);
      await response.body?.cancel();
      return response;
    },
    ...(token && { accessToken: token }),
  });
  return info!.url; // null says that there is no such file, and `request` throws before
}

/** The chunks of an answer; one that breaks, or is longer or shorter than the file, is an error. */
async function* received(
  response: Response,
  from: number,
  { name, size }: RemoteFile,
  silence: Silence,
): AsyncGenerator<Uint8Array> {
  let there = from;
  const broken = (why: string, cause?: unknown) =>
    new Error(
      `Cannot download ${name}: all of its ${size} bytes needed, got ${there} before ${why}; run ` +
        `the command again, and it goes on from there`,
      { cause },
    );
  const reader = response.body!.getReader();
  try {
    while (true) {
      silence.begin();
      const { value, done } = await reader.read().catch((error) => {
        const why = silence.signal.aborted ? `${silence.seconds} s without a byte` : error.message;
        throw broken(`the connection broke (${why})`, error);
      }).finally(() => silence.end());
      if (done) break;
      there += value.length;
      if (there > size) {
        throw new TypeError(`Cannot download ${name}: ${size} bytes needed, got more`);
      }
      yield value;
    }
    if (there < size) throw broken("the connection ended");
  } finally {
    await reader.cancel().catch(() => {});
  }
}

/** Aborts a request that has been silent for some seconds while somebody waited for it. */
class Silence {
  readonly #controller = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(readonly seconds: number) {
    this.begin();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  begin(): void {
    this.#timer = setTimeout(() => this.#controller.abort(), 1000 * this.seconds);
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}
