import { Buffer } from "node:buffer";
import sharp from "sharp";
import { resizeAntialiased } from "../images/antialiased.ts";
import type { Colour, Image } from "../images/image.ts";
import { nearestObjects } from "../images/object_windows.ts";
import { areasOf, checkObjects, type ObjectKey, type Objects } from "../images/objects.ts";
import { legend } from "./comparison.ts";
import { drawable } from "./drawable.ts";
import { objectColours, paintedObjects, thickestPlaces } from "./object_marks.ts";
import { FONT, Photograph, rasterise } from "./picture.ts";
import { type Anchor, placeLabels, textWidth } from "./place_labels.ts";

/** Smaller pictures are enlarged by a whole factor, so that names have room. */
const NARROWEST = 480;

/** At most so many things get a name, the largest: more would hide the picture. */
const MOST_NAMED = 60;

/**
 * A picture [h, w, 3] with its objects: each in its class's colour, things lighter and darker with
 * outlines, and with their names, ids and, where a network found them, how sure it is; below them the
 * classes that occur. Of many things the largest are named.
 */
export async function objectsPicture(
  image: Image,
  objects: Objects,
  key: ObjectKey,
): Promise<Photograph> {
  requireWhole(image, objects, key);
  const scale = Math.ceil(NARROWEST / image.width);
  const [w, h] = [scale * image.width, scale * image.height];
  const whole = { left: 0, top: 0, width: w, height: h, flip: false };
  const large = nearestObjects(objects, { scaledWidth: w, scaledHeight: h, ...whole });
  const colours = objectColours(large, key.palette, key.things);
  const classOf = new Map(large.segments.map((segment) => [segment.id, segment.class]));
  const isThing = (id: number) => key.things[classOf.get(id)!]!;
  const thickness = Math.max(1, Math.round(w / 800));
  const shown = resizeAntialiased(image, h, w);
  const { data } = paintedObjects(shown, large, colours, isThing, thickness);
  const names = await rasterise(namesOf(large, key, colours), 1);
  const below = await legendOf(classOf.values(), key, w);
  const bytes = await sharp(data, { raw: { width: w, height: h, channels: 3 } })
    .extend({ bottom: below?.height ?? 0, background: "white" })
    .composite([
      { input: Buffer.from(names), left: 0, top: 0 },
      ...below ? [{ input: below.input, left: 0, top: h }] : [],
    ])
    .removeAlpha().png({ compressionLevel: 1 }).toBuffer();
  return new Photograph(bytes);
}

/** The names and colours of classes that occur, and their height in pixels; null of none. */
async function legendOf(
  indices: Iterable<number>,
  { classes, palette }: ObjectKey,
  width: number,
): Promise<{ readonly input: Buffer; readonly height: number } | null> {
  const occurring = [...new Set(indices)].sort((a, b) => a - b);
  if (occurring.length === 0) return null;
  const drawn = await legend({
    classes: occurring.map((index) => classes[index]!),
    palette: occurring.map((index) => palette[index]!),
  }, width);
  const input = Buffer.from(await drawn.png());
  return { input, height: (await sharp(input).metadata()).height! };
}

/** The names of things as SVG: beside the place where each is thickest, and with a line where far from it. */
function namesOf(
  objects: Objects,
  { classes, things }: ObjectKey,
  colours: ReadonlyMap<number, Colour>,
): string {
  const { width, height } = objects;
  const areas = areasOf(objects);
  const places = thickestPlaces(objects);
  const named = objects.segments.filter((segment) => things[segment.class] && areas.has(segment.id))
    .sort((a, b) => areas.get(b.id)! - areas.get(a.id)!).slice(0, MOST_NAMED);
  const size = Math.max(11, Math.round(width / 60));
  const anchors = named.map(({ id, class: index, isCrowd, score }): Anchor => {
    const sure = score === undefined ? "" : ` · ${Math.round(100 * score)} %`;
    const { x, y } = places.get(id)!;
    return { x, y, text: `${classes[index]}${isCrowd ? "s" : ""} ${id}${sure}` };
  });
  const area = { left: 2, top: 2, right: width - 2, bottom: height - 2 };
  const marks = placeLabels(anchors, [], area, size).map((label, i) => {
    const anchor = anchors[i]!;
    const colour = `rgb(${colours.get(named[i]!.id)!.join(",")})`;
    return markOf(anchor, label, size, colour);
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" ` +
    `font-family="${FONT}" font-size="${size}">${marks.join("")}</svg>`;
}

function markOf(
  { x, y, text }: Anchor,
  label: { readonly x: number; readonly y: number; readonly far: boolean },
  size: number,
  colour: string,
): string {
  const line = label.far
    ? `<line x1="${x}" y1="${y}" x2="${label.x}" y2="${label.y}" stroke="white" stroke-width="1"/>`
    : "";
  const dot = `<circle cx="${x}" cy="${y}" r="${size / 4}" fill="${colour}" stroke="white"/>`;
  const [w, h] = [textWidth(text, size) + size / 3, 1.15 * size];
  const ground = `<rect x="${label.x - w / 2}" y="${label.y - h / 2}" width="${w}" ` +
    `height="${h}" rx="2" fill="black" fill-opacity="0.6"/>`;
  const escaped = drawable(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
  return `${line}${dot}${ground}<text x="${label.x}" y="${label.y + 0.36 * size}" fill="white" ` +
    `text-anchor="middle">${escaped}</text>`;
}

function requireWhole(
  image: Image,
  objects: Objects,
  { classes, palette, things }: ObjectKey,
): void {
  const doing = "Cannot draw the objects of a picture";
  checkObjects(objects, classes.length, doing);
  if (palette.length < classes.length || things.length < classes.length) {
    throw new RangeError(
      `${doing}: a colour for each of ${classes.length} classes, and whether it is of things, needed, ` +
        `got ${palette.length} and ${things.length}`,
    );
  }
  if (objects.width === image.width && objects.height === image.height) return;
  throw new RangeError(
    `${doing}: a map of its ${image.width}×${image.height} pixels needed, got ` +
      `${objects.width}×${objects.height}`,
  );
}
