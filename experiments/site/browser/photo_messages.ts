/** What the photo page asks of its worker: to segment an image, pixels RGBA. */
export interface Asked {
  readonly width: number;
  readonly height: number;
  readonly pixels: ArrayBuffer;
  /** Computes on the processor even where there is a graphics processor. */
  readonly plain: boolean;
}

/** What the worker says: how far it is, and once a result or an error. */
export type Said =
  | { readonly kind: "progress"; readonly text: string }
  | {
    readonly kind: "done";
    readonly labels: ArrayBuffer;
    readonly milliseconds: number;
    readonly runs: number;
    readonly where: string;
  }
  | { readonly kind: "error"; readonly text: string };
