/** Loads a network of so many bytes and says how far it is; what is not there or blocked is an error. */
export async function download(
  url: URL,
  total: number,
  progress: (text: string) => void,
): Promise<Uint8Array<ArrayBuffer>> {
  const fail = (got: string) =>
    new Error(
      `Cannot load the network: ${url.pathname} needed, got ${got}; look at the connection and at what ` +
        `blocks downloads, then try again`,
    );
  const response = await fetch(url).catch((error) => {
    throw fail((error as Error).message);
  });
  if (!response.ok || !response.body) throw fail(`status ${response.status}`);
  const pieces: Uint8Array[] = [];
  let loaded = 0;
  try {
    for await (const piece of response.body as unknown as AsyncIterable<Uint8Array>) {
      pieces.push(piece);
      loaded += piece.length;
      progress(`Loading the network: ${megabytes(loaded)} of ${megabytes(total)} MB`);
    }
  } catch (error) {
    throw fail((error as Error).message);
  }
  if (loaded !== total) throw fail(`${loaded} of ${total} bytes`);
  return new Uint8Array(await new Blob(pieces as BlobPart[]).arrayBuffer());
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
