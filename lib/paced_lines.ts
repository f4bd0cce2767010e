/** Where lines go: standard error, or a test's list. */
interface Output {
  write(text: string): unknown;
}

/** Lines that report progress, at most one in an interval, where there is no terminal to redraw. */
export class PacedLines {
  private last: number;
  private waiting: string | undefined;

  /** The interval is in milliseconds, as is what `clock` gives. */
  constructor(
    private readonly output: Output,
    private readonly interval: number,
    private readonly clock: () => number,
  ) {
    this.last = clock();
  }

  /** Writes the line where it is due or the last one; otherwise it waits, and the next replaces it. */
  update(line: string, isLast: boolean): void {
    this.waiting = line;
    if (isLast || this.clock() - this.last >= this.interval) this.flush();
  }

  /** Writes the line that waits. */
  flush(): void {
    if (this.waiting !== undefined) this.output.write(this.waiting);
    [this.last, this.waiting] = [this.clock(), undefined];
  }
}
