import type { NDArray } from "../array.ts";

/** How an average of weights follows them (timm's ModelEmaV3). */
export interface AverageRule {
  /** What of the average stays in an update, once it is warm: 0.999. */
  readonly decay: number;
  /** Whether the decay grows from 0 as 1 − (1 + s / gamma)^−power, where s counts updates. */
  readonly warmUp: boolean;
  readonly gamma: number;
  readonly power: number;
  /** Updates before this one copy the weights. */
  readonly after: number;
  readonly minimum: number;
}

/** The rule of a decay as timm warms it up. */
export function averageRule(decay: number): AverageRule {
  return { decay, warmUp: true, gamma: 1, power: 2 / 3, after: 0, minimum: 0 };
}

/** What of the average stays in an update, counted from 0. */
export function decayAt(update: number, rule: AverageRule): number {
  if (!rule.warmUp && rule.after === 0) return rule.decay;
  const s = Math.max(0, update - rule.after - 1);
  if (s === 0) return 0;
  if (!rule.warmUp) return rule.decay;
  const warm = 1 - (1 + s / rule.gamma) ** -rule.power;
  return Math.min(rule.decay, Math.max(rule.minimum, warm));
}

/** How the name of an averaged array in a checkpoint begins. */
export const AVERAGE = "average/";

/** The exponential moving average of a network's weights and buffers. */
export class WeightAverage {
  private readonly values: ReadonlyMap<string, NDArray>;

  /** Begins with weights, or with what `state` gave where a run goes on. */
  constructor(
    private readonly rule: AverageRule,
    weights: ReadonlyMap<string, NDArray>,
    saved: ReadonlyMap<string, NDArray> = new Map(),
  ) {
    this.values = new Map([...weights].map(([name, weight]) => {
      const { shape, data } = saved.get(AVERAGE + name) ?? weight;
      return [name, { shape, data: data.slice() }];
    }));
  }

  /** Takes the weights after an update, counted from 0, into the average. */
  update(update: number, weights: ReadonlyMap<string, NDArray>): void {
    const decay = decayAt(update, this.rule);
    for (const [name, { data: mean }] of this.values) {
      const { data } = weights.get(name)!;
      if (decay === 0) mean.set(data);
      else for (let i = 0; i < mean.length; i++) mean[i]! += (1 - decay) * (data[i]! - mean[i]!);
    }
  }

  /** The average by the weights' names: its memory, no copies. */
  weights(): ReadonlyMap<string, NDArray> {
    return this.values;
  }

  /** The average as a checkpoint holds it. */
  state(): [name: string, value: NDArray][] {
    return [...this.values].map(([name, value]) => [AVERAGE + name, value]);
  }
}
