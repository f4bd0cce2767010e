/** A loss or a gradient that is not finite: training cannot go on. */
export class NotFinite extends RangeError {
  override name = "RangeError";
}

/**
 * The Euclidean norm of the gradients of the `trained` parameters together, of the squared norm of each; the first
 * value that is not finite is an error that names it.
 */
export function checkedNorm(
  trained: readonly string[],
  step: number,
  loss: number,
  squares: Float32Array,
): number {
  const fail = (what: string, value: number) => {
    throw new NotFinite(
      `Cannot go on training after step ${step}: ${what} needs to be finite, got ${value}; ` +
        `lower the learning rate or look at the batch of this step`,
    );
  };
  if (!Number.isFinite(loss)) fail("the loss", loss);
  const bad = squares.findIndex((square) => !Number.isFinite(square));
  if (bad >= 0) fail(`the gradient of ${trained[bad]}`, squares[bad]!);
  return Math.sqrt(squares.reduce((sum, square) => sum + square, 0));
}
