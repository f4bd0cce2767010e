/** What a command asks of experiments; null is the experiment's own. */
export interface Request {
  readonly names: readonly string[];
  /** The folder that holds all results; null is a temporary one. */
  readonly results: string | null;
  readonly run: string | null;
  readonly seed: number | null;
  readonly threads: number | null;
  readonly data: string | null;
  readonly pretrained: string | null;
  readonly resume: boolean;
  readonly smoke: boolean;
  /** Only measures the speeds of finished runs and draws the figures. */
  readonly speeds: boolean;
}
