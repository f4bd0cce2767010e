import { joinRanks, launchedRanks } from "../../lib/ranks/mpi.ts";
import { ALONE, type Ranks } from "../../lib/ranks/ranks.ts";
import { quiet } from "./print.ts";

/** The processes that mpirun started, of which this is one; all but the first print nothing but errors. */
export function ranksHere(): Ranks {
  if (launchedRanks() === 1) return ALONE;
  const ranks = joinRanks();
  if (ranks.rank > 0) quiet();
  return ranks;
}
