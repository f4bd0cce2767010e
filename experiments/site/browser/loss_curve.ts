import * as Plot from "@observablehq/plot";

/** The loss of each step so far, [step, loss], and its running mean; `steps` are all that will be. */
export function lossCurve(
  losses: readonly (readonly [step: number, loss: number])[],
  steps: number,
  width: number,
): Element {
  const points = losses.map(([step, loss]) => ({ step, loss }));
  const at = { x: "step", y: "loss" };
  return Plot.plot({
    width,
    height: 190,
    marginLeft: 42,
    marginBottom: 36,
    style: { background: "transparent", color: "var(--ink)", fontSize: "12px" },
    x: { domain: [0, steps], label: "step →", ticks: 5 },
    y: { zero: true, nice: true, grid: true, label: "↑ loss (nats per pixel)", ticks: 4 },
    marks: [
      Plot.line(points, { ...at, stroke: "var(--soft)", strokeOpacity: 0.5, strokeWidth: 1 }),
      Plot.line(
        points,
        Plot.windowY({ k: 9, anchor: "end" }, { ...at, stroke: "var(--accent)", strokeWidth: 2.5 }),
      ),
    ],
  });
}
