import type { Raster } from "../images/image.ts";
import type { Instance } from "../images/instances.ts";
import type { Objects } from "../images/objects.ts";

/** What was found in an image. */
export interface FoundObjects {
  /** Things and stuff, of which a pixel has one. */
  readonly objects: Objects;
  /** Things alone, which may have pixels in common, with scores. */
  readonly instances: readonly Instance[];
}

/** Whatever finds objects in images. */
export interface ObjectPredictor {
  /** Whether each of its classes is of things or of stuff. */
  readonly things: readonly boolean[];
  find(image: Raster): Promise<FoundObjects>;
}
