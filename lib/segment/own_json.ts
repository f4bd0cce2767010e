import { createHash } from "node:crypto";

/**
 * A JSON file that says that it is as Seglab wrote it, by its last entry: the SHA-256 of the text before.
 * One that a labelling tool has saved since, with what somebody corrected, says so no more.
 */
const SIGNATURE = /,"seglab_sha256":"([0-9a-f]{64})"\}\n$/;

/** Signs a text that comes in pieces, the last of which is an object's closing brace. */
export class Signing {
  readonly #hash = createHash("sha256");

  /** Takes a piece and gives it back. */
  piece(text: string): string {
    this.#hash.update(text);
    return text;
  }

  /** What ends the text in place of the closing brace. */
  end(): string {
    return `,"seglab_sha256":"${this.#hash.digest("hex")}"}\n`;
  }
}

/** The text of an object with a signature. */
export function signedJson(value: object): string {
  const signing = new Signing();
  return signing.piece(JSON.stringify(value).slice(0, -1)) + signing.end();
}

/** Whether a JSON text is as Seglab wrote it. */
export function isAsWritten(text: string): boolean {
  const found = text.match(SIGNATURE);
  if (found === null) return false;
  const hash = createHash("sha256").update(text.slice(0, found.index)).digest("hex");
  return hash === found[1];
}
