import type { Cancel, Clock } from "./environment.js";

/** How often one says that one is still typing: well within the time after which others forget it. */
const REPEAT_MS = 2_500;
/** After so long without a key one is no longer typing. */
const IDLE_MS = 5_000;

/** Tells others that one is typing: upon the first key, now and then while it goes on, and when it ends. */
export class OwnTyping {
  #saidAt: number | undefined;
  #idle: Cancel = () => {};

  /** `say` may fail: what is not said now is not said later. */
  constructor(
    private readonly clock: Clock,
    private readonly say: (typing: boolean) => boolean,
  ) {}

  keystroke(): void {
    this.#idle();
    this.#idle = this.clock.after(IDLE_MS, () => this.stop());
    const now = this.clock.now();
    if (this.#saidAt !== undefined && now - this.#saidAt < REPEAT_MS) return;
    if (this.say(true)) this.#saidAt = now;
  }

  stop(): void {
    this.#idle();
    if (this.#saidAt === undefined) return;
    this.#saidAt = undefined;
    this.say(false);
  }

  /** The connection was lost, and with it what others were told. */
  forget(): void {
    this.#saidAt = undefined;
  }
}
