/** What stands under a table that leaves out `absent` of `all` classes. */
export function absentClasses(absent: number, all: number): string {
  const occur = absent === 1 ? "occurs" : "occur";
  return `${absent} of ${all} classes ${occur} in neither labels nor predictions: left out`;
}
