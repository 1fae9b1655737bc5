/** Limits the rate of calls: calls at once, then once more after `ms` if asked again in between. */
export class Throttle {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #again = false;

  constructor(
    private readonly ms: number,
    private readonly call: () => void,
  ) {}

  ask(): void {
    if (this.#timer !== undefined) {
      this.#again = true;
      return;
    }
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (!this.#again) return;
      this.#again = false;
      this.ask();
    }, this.ms);
    this.call();
  }

  close(): void {
    clearTimeout(this.#timer);
  }
}
