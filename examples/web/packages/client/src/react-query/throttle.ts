/** Calls now and then, however often it is asked: at once, and once more for what was asked meanwhile. */
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
