/** Of points with a family and a patch those that a line joins: the families whose patches are all different. */
export function joinedByPatch<P extends { readonly family: string; readonly patch: number }>(
  points: readonly P[],
): P[] {
  return [...Map.groupBy(points, ({ family }) => family).values()]
    .filter((own) => new Set(own.map(({ patch }) => patch)).size === own.length)
    .flat();
}
