import type { Outline } from "./outlines.ts";
import type { Extent } from "./patch.ts";
import type { Point } from "./simplify.ts";

/**
 * A FeatureCollection of GeoJSON (RFC 7946) with a Polygon for each region of an image, holes as its
 * inner rings. Coordinates are pixels of the image and no degrees, which `coordinates` says: x to the
 * right and y downwards from its left upper corner.
 */
export function geojsonOf(
  outlines: readonly Outline[],
  classes: readonly string[],
  file: string,
  { width, height }: Extent,
) {
  return {
    type: "FeatureCollection",
    coordinates: "pixels: x to the right, y downwards, from the image's left upper corner",
    image: { file, width, height },
    features: outlines.map(({ label, area, outer, holes }) => ({
      type: "Feature",
      properties: { class: classes[label]!, index: label, area_pixels: area },
      geometry: { type: "Polygon", coordinates: [outer, ...holes].map(closed) },
    })),
  };
}

function closed(ring: readonly Point[]): readonly Point[] {
  return [...ring, ring[0]!];
}
