import type { NDArray } from "../array.ts";
import { add, mul, sub } from "../graph/ops/math.ts";
import { input, scalar, type Tensor } from "../graph/tensor.ts";
import { Download, type Held, ResidentProgram, together, Upload } from "../runtime/resident.ts";
import { value } from "../runtime/value.ts";
import { AVERAGE, type AverageRule, decayAt } from "./average.ts";
import type { DeviceStep } from "./device_step.ts";
import { NEXT } from "./step_graph.ts";
import { asValue } from "./step_values.ts";

type Weights = ReadonlyMap<string, NDArray>;

/** `WeightAverage` of weights on a device, where it stays too. */
export class DeviceAverage {
  private download: Download | null = null;

  private constructor(
    private readonly rule: AverageRule,
    private readonly trainer: DeviceStep,
    /** What the average begins with: all that does not learn keeps it. */
    private readonly first: Weights,
    private readonly program: ResidentProgram,
    private readonly upload: Upload,
    private mean: Held,
    private readonly threads: number,
  ) {}

  /** Begins with weights, or with what `state` gave where a run goes on. */
  static async compile(
    rule: AverageRule,
    trainer: DeviceStep,
    weights: Weights,
    saved: Weights,
    threads: number,
  ): Promise<DeviceAverage> {
    const first = new Map(
      [...weights].map(([name, weight]) => [name, saved.get(AVERAGE + name) ?? weight]),
    );
    const names = trainer.weights.names;
    const rate = input("rate", []);
    const outputs = names.map((name): [string, Tensor] => {
      const { shape } = first.get(name)!;
      const [mean, weight] = [input(AVERAGE + name, shape), input(name, shape)];
      return [NEXT + name, add(mul(mean, sub(scalar(1), rate)), mul(weight, rate))];
    });
    const stays = new Map(names.map((name) => [NEXT + name, AVERAGE + name]));
    const program = await ResidentProgram.compile(Object.fromEntries(outputs), stays, { threads });
    const begun = names.map((name) => [AVERAGE + name, asValue(first.get(name)!)]);
    const upload = await Upload.of(Object.fromEntries(begun), threads);
    return new DeviceAverage(rule, trainer, first, program, upload, upload.held, threads);
  }

  /** Takes the trainer's weights after an update, counted from 0, into the average. */
  async update(update: number): Promise<void> {
    const rate = value(Float32Array.of(1 - decayAt(update, this.rule)), []);
    const { held } = await this.program.run({ rate }, together(this.mean, this.trainer.weights));
    this.mean.release();
    this.mean = held;
  }

  /** The average by the weights' names: copies, which cross from the device now. */
  async weights(): Promise<Weights> {
    this.download ??= await Download.compile(this.mean, this.threads);
    const found = await this.download.run(this.mean);
    return new Map([...this.first].map(([name, still]) => {
      const now = found[AVERAGE + name];
      return [name, now ? { shape: now.shape, data: now.data as Float32Array } : still];
    }));
  }

  /** The average as a checkpoint holds it. */
  async state(): Promise<[name: string, value: NDArray][]> {
    return [...await this.weights()].map(([name, value]) => [AVERAGE + name, value]);
  }

  /** Gives the device's memory back. */
  async release(): Promise<void> {
    this.mean.release();
    await this.upload.release();
    await this.program.release();
    await this.download?.release();
  }
}
