import type { Cancel, Clock } from "./environment.js";

/** The interval of repeated typing commands, well below the time after which other clients forget it. */
const REPEAT_MS = 2_500;
/** The time without a key after which typing ends. */
const IDLE_MS = 5_000;

/** Sends typing commands: on the first key, at intervals while typing continues, and at the end. */
export class OwnTyping {
  #saidAt: number | undefined;
  #idle: Cancel = () => {};

  /** `say` may fail. A failed command is not repeated. */
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

  /** Resets after a lost connection, which ends typing for the other clients. */
  forget(): void {
    this.#saidAt = undefined;
  }
}
