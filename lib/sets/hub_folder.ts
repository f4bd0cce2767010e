import { join } from "node:path";

/** The folder of a data set of the Hugging Face hub, by its id, below that of published data sets. */
export function hubFolder(published: string, id: string): string {
  return join(published, "hub", ...id.split("/"));
}
