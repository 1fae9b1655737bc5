/**
 * How long to wait before trying again: doubling from `minMs` to `maxMs`, of which the second half is
 * random. The jitter comes after the cap, so that a herd that waits at the cap stays spread out.
 */
export class Backoff {
  #failures = 0;

  constructor(
    private readonly minMs: number,
    private readonly maxMs: number,
    private readonly random: () => number,
  ) {}

  /** How many waits there were since the last reset. */
  get failures(): number {
    return this.#failures;
  }

  next(): number {
    const ceiling = Math.min(this.maxMs, this.minMs * 2 ** this.#failures);
    this.#failures += 1;
    return this.#jitter(ceiling);
  }

  /** A wait as after many failures. */
  longest(): number {
    return this.#jitter(this.maxMs);
  }

  reset(): void {
    this.#failures = 0;
  }

  #jitter(ceiling: number): number {
    return ceiling / 2 + (this.random() * ceiling) / 2;
  }
}
