import type { LabelMap } from "../images/image.ts";

/**
 * How far each pixel [h, w] is from the next pixel of another label: 1 beside it, by an edge or a
 * corner; steps go in eight directions, as the erosion by squares of boundary IoU has them. Unlabelled
 * pixels are of a label of their own, what is beyond the image of none; a map of one label is
 * Infinity everywhere.
 */
export function distancesToBoundary({ width, height, data }: LabelMap): Float32Array {
  const distances = new Float32Array(width * height).fill(Infinity);
  const neighbours = [[-1, -1], [0, -1], [1, -1], [-1, 0]] as const;
  // Two passes, each with half of the neighbours, are exact for this distance (Rosenfeld and Pfaltz 1966).
  const visit = (x: number, y: number, turn: 1 | -1) => {
    const i = y * width + x;
    for (const [dx, dy] of neighbours) {
      const [nextX, nextY] = [x + turn * dx, y + turn * dy];
      if (nextX < 0 || nextX >= width || nextY < 0 || nextY >= height) continue;
      const next = nextY * width + nextX;
      const distance = data[next] === data[i] ? distances[next]! + 1 : 1;
      if (distance < distances[i]!) distances[i] = distance;
    }
  };
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) visit(x, y, 1);
  for (let y = height - 1; y >= 0; y--) for (let x = width - 1; x >= 0; x--) visit(x, y, -1);
  return distances;
}
