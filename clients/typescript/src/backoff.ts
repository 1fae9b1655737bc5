/**
 * The delay before a retry. It doubles from `minMs` to `maxMs`, and its second half is random. Jitter is
 * applied after the cap, so that many clients at the cap stay spread out.
 */
export class Backoff {
  #failures = 0;

  constructor(
    private readonly minMs: number,
    private readonly maxMs: number,
    private readonly random: () => number,
  ) {}

  /** The number of delays since the last reset. */
  get failures(): number {
    return this.#failures;
  }

  next(): number {
    const ceiling = Math.min(this.maxMs, this.minMs * 2 ** this.#failures);
    this.#failures += 1;
    return this.#jitter(ceiling);
  }

  /** A delay as after many failures. */
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
