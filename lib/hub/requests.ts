import type { HubSettings } from "./settings.ts";

/** What a repository on the hub holds. */
export type RepositoryKind = "model" | "dataset";

/** What is asked of the hub, for errors. */
export interface Wanted {
  readonly id: string;
  /** A model if not given. */
  readonly kind?: RepositoryKind;
  /** A branch, a tag or a commit. */
  readonly revision: string;
  /** What is done; downloading if not given. */
  readonly doing?: "download" | "upload to";
  /** A status above 299 that whoever asks knows what to do with. */
  readonly expected?: number;
}

/** No answer came, or none but that the hub is out of order. */
export class HubUnreachable extends Error {
  override name = "HubUnreachable";
}

/**
 * A `fetch` for the client library that turns what goes wrong into errors that say what to do. The
 * library's own hold a status and an address, and miss the hub's X-Error-Code.
 */
export function hubFetch(settings: HubSettings, wanted: Wanted): typeof fetch {
  return async (input, init) => {
    const url = input instanceof Request ? input.url : String(input);
    const headers = new Headers(init?.headers ?? (input instanceof Request ? input.headers : {}));
    keepToken(headers, url, settings, wanted);
    const signal = init?.signal ?? AbortSignal.timeout(1000 * settings.timeout);
    let response: Response;
    try {
      response = await fetch(input, { ...init, headers, signal });
    } catch (error) {
      throw unreachable(settings, wanted, url, error);
    }
    if (!response.ok && response.status !== wanted.expected) {
      throw await refusal(settings, wanted, response);
    }
    return response;
  };
}

/**
 * Takes the token out of a request to anyone but the hub, to whom the next page's address of a listing
 * may lead; to the hub itself it never goes in clear text.
 */
function keepToken(
  headers: Headers,
  url: string,
  { endpoint }: HubSettings,
  { id, doing = "download" }: Wanted,
): void {
  if (!headers.has("Authorization")) return;
  const { origin, protocol, hostname } = new URL(url);
  if (origin !== new URL(endpoint).origin) headers.delete("Authorization");
  else if (protocol !== "https:" && !isLoopback(hostname)) {
    throw new RangeError(
      `Cannot ${doing} ${id}: an https address needed for HF_TOKEN, which is never sent in clear ` +
        `text, got ${origin}; set HF_ENDPOINT to one, or unset HF_TOKEN`,
    );
  }
}

/** Whether a name of a machine is this one's, by which nothing leaves it. */
function isLoopback(hostname: string): boolean {
  return /^(127(\.\d+){3}|\[::1\]|(.+\.)?localhost)$/.test(hostname);
}

function unreachable(
  { endpoint, timeout }: HubSettings,
  { id, doing = "download" }: Wanted,
  url: string,
  cause: unknown,
): HubUnreachable {
  const { name } = cause as Error;
  const got = name === "TimeoutError" || name === "AbortError"
    ? `none within ${timeout} s (HF_HUB_DOWNLOAD_TIMEOUT)`
    : reasonOf(cause as Error);
  return new HubUnreachable(
    `Cannot ${doing} ${id}: an answer of ${new URL(url).origin} needed, got ${got}; check the ` +
      `network, or set HF_ENDPOINT to the address of a mirror (now ${endpoint})`,
    { cause },
  );
}

/** Why a request failed, by the innermost error, without its long address: a port, a name. */
function reasonOf({ message, cause }: Error): string {
  if (cause instanceof Error) return reasonOf(cause);
  return message.replace(/^error sending request for url \(.*?\): /, "");
}

/** What a status above 299 means. The hub says 401 of models that are not there, too. */
async function refusal(
  { endpoint, token }: HubSettings,
  { id, kind = "model", revision, doing = "download" }: Wanted,
  response: Response,
): Promise<Error> {
  const { status, headers } = response;
  const code = headers.get("X-Error-Code");
  const said = headers.get("X-Error-Message") ?? messageIn(await response.text());
  const tokens = `${endpoint}/settings/tokens`;
  const [what, page] = kind === "model"
    ? ["model", `${endpoint}/${id}`]
    : ["data set", `${endpoint}/datasets/${id}`];
  const cannot = (needsAndGot: string) => new RangeError(`Cannot ${doing} ${id}: ${needsAndGot}`);

  if (code === "GatedRepo") {
    return cannot(
      `its owners' permission needed (the ${what} is gated), got ` +
        (token ? "the token (HF_TOKEN) of an account without it" : "no token") +
        `; accept the terms at ${page} and set HF_TOKEN to a token from ${tokens}`,
    );
  }
  if (doing === "upload to" && status === 403) {
    return cannot(
      `a token that may write there needed, got one in HF_TOKEN that may not (${said})`,
    );
  }
  if (status === 401 && /invalid credentials/i.test(said)) {
    return cannot(`a valid token needed, got one in HF_TOKEN that is not; make one at ${tokens}`);
  }
  if (code === "RevisionNotFound") {
    return cannot(`a branch, tag or commit of it needed, got revision ${revision}`);
  }
  if (code === "RepoNotFound" || (status === 401 && code === null)) {
    return cannot(
      `the id of a ${what} at ${endpoint} needed, got ${id}, which is not there or is private` +
        (token ? " to others than HF_TOKEN's account" : `; for a private ${what}, set HF_TOKEN`),
    );
  }
  const { origin, pathname } = new URL(response.url);
  const answer = `an answer of ${origin}${pathname} needed, got status ${status}` +
    (said && ` (${said})`);
  if (status === 429 || status >= 500) {
    return new HubUnreachable(`Cannot ${doing} ${id}: ${answer}; try again later`);
  }
  return cannot(answer);
}

/** What an error's body says in one line; a page of HTML says nothing. */
function messageIn(body: string): string {
  const text = body.match(/"error"\s*:\s*"([^"]+)"/)?.[1] ?? body.trim();
  return text.startsWith("<") ? "" : text.slice(0, 200);
}
