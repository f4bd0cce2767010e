/**
 * Processes that work on one thing, numbered from 0: what MPI calls a communicator. All of them make the same
 * collective calls in the same order. Calls block the thread, as MPI's do.
 */
export interface Ranks {
  /** Which of them this process is. */
  readonly rank: number;
  /** How many there are. */
  readonly size: number;
  /** Sends bytes to another rank, which receives as many. */
  send(bytes: Uint8Array, to: number): void;
  /** Fills bytes with what another rank sends. */
  receive(bytes: Uint8Array, from: number): void;
  /** Gives all ranks the bytes of one. */
  broadcast(bytes: Uint8Array, from: number): void;
}

/** A process of its own: all of it is one rank. */
export const ALONE: Ranks = {
  rank: 0,
  size: 1,
  send: () => {},
  receive: () => {},
  broadcast: () => {},
};

/** The text of each rank, on all of them. */
export function textsOf(ranks: Ranks, own: string): string[] {
  return Array.from({ length: ranks.size }, (_, rank) => {
    const bytes = broadcastBytes(ranks, rank, new TextEncoder().encode(own));
    return new TextDecoder().decode(bytes);
  });
}

/**
 * An error on all ranks where something is not the same on each, by what it is; none goes on before all have
 * come here.
 */
export function requireSame(
  ranks: Ranks,
  doing: string,
  own: Readonly<Record<string, string>>,
): void {
  const all = textsOf(ranks, JSON.stringify(own))
    .map((text) => JSON.parse(text) as Record<string, string>);
  for (const what of Object.keys(own)) {
    const other = all.findIndex((one) => one[what] !== all[0]![what]);
    if (other < 0) continue;
    throw new RangeError(
      `${doing} in ${ranks.size} processes: the same ${what} in all of them needed, got ` +
        `${all[0]![what]} in process 0 and ${all[other]![what]} in process ${other}`,
    );
  }
}

/** What the first rank decides, on all of them; the others do not ask. */
export async function decided(
  ranks: Ranks,
  decide: () => boolean | Promise<boolean>,
): Promise<boolean> {
  const answer = Uint8Array.of(ranks.rank === 0 ? Number(await decide()) : 0);
  ranks.broadcast(answer, 0);
  return answer[0] === 1;
}

function broadcastBytes(ranks: Ranks, from: number, own: Uint8Array): Uint8Array {
  const length = Uint32Array.of(own.length);
  ranks.broadcast(new Uint8Array(length.buffer), from);
  const bytes = ranks.rank === from ? own : new Uint8Array(length[0]!);
  ranks.broadcast(bytes, from);
  return bytes;
}
