import type { Device } from "../../../lib/runtime/device.ts";

/** A photo to look at. */
export interface ShownPhoto {
  /** By which the page knows it. */
  readonly id: number;
  readonly width: number;
  readonly height: number;
  /** RGB, row by row. */
  readonly pixels: Uint8Array;
}

/** A photo with the strokes of its visitor. */
export interface LabelledPhoto extends ShownPhoto {
  /** The class of each pixel, or 255 where there is no stroke. */
  readonly labels: Uint8Array;
}

/** What the training page asks of its worker. */
export type Asked =
  /** Loads the network and what computes it, while the visitor labels. */
  | { readonly kind: "prepare"; readonly device: Device; readonly bytes: number }
  | {
    readonly kind: "train";
    readonly photos: readonly LabelledPhoto[];
    readonly classes: readonly string[];
    readonly palette: readonly (readonly [number, number, number])[];
    readonly steps: number;
  }
  /** Which photo is looked at from now on, while the network learns and afterwards. */
  | { readonly kind: "show"; readonly photo: ShownPhoto }
  /** Ends the training; what was learned stays. */
  | { readonly kind: "stop" };

/** What the worker says. */
export type Said =
  | { readonly kind: "progress"; readonly text: string }
  /** What computes, in words, and why nothing faster. */
  | { readonly kind: "device"; readonly text: string }
  | {
    readonly kind: "step";
    readonly step: number;
    readonly loss: number;
    /** Milliseconds that are left, at the speed so far. */
    readonly left: number;
  }
  /** What the network makes of a photo: the class of each pixel. */
  | { readonly kind: "look"; readonly id: number; readonly labels: Uint8Array }
  | {
    readonly kind: "done";
    readonly steps: number;
    readonly milliseconds: number;
    /** Its model.safetensors. */
    readonly bytes: Uint8Array<ArrayBuffer>;
  }
  | { readonly kind: "error"; readonly text: string };
