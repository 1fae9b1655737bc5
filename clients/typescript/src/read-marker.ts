import type { Cancel, Clock } from "./environment.js";
import { ChatError } from "./errors.js";

/** Sends a marker, then calls `done` with the error, if any. */
type Send = (seq: number, done: (error: ChatError | undefined) => void) => void;

/** The retry delay if the server does not give one. */
const RETRY_MS = 2_000;

/**
 * The user's own read marker, which only moves forward. Moves during a pending command are combined into
 * the next one. A move that could not be sent is sent after the next join.
 */
export class OwnReadMarker {
  #seq = 0;
  #wanted = 0;
  #sending = false;
  #retry: Cancel = () => {};

  constructor(
    private readonly clock: Clock,
    private readonly send: Send,
    private readonly moved: (seq: number) => void,
  ) {}

  /** The position of the marker, including moves that are not yet confirmed. */
  get seq(): number {
    return Math.max(this.#seq, this.#wanted);
  }

  move(seq: number): void {
    if (seq <= this.seq) return;
    this.#wanted = seq;
    this.moved(seq);
    this.flush();
  }

  /** Handles a move on the server, from this or another device. */
  heard(seq: number): void {
    const before = this.seq;
    this.#seq = Math.max(this.#seq, seq);
    if (this.seq > before) this.moved(this.seq);
  }

  /** Resets the marker for a new log, whose positions are unrelated. */
  reset(seq: number): void {
    this.#retry();
    this.#seq = seq;
    this.#wanted = 0;
  }

  /** Sends the latest move, if it is not confirmed. */
  flush(): void {
    this.#retry();
    if (this.#sending || this.#wanted <= this.#seq) return;
    this.#sending = true;
    const seq = this.#wanted;
    this.send(seq, (error) => {
      this.#sending = false;
      if (error === undefined) this.#seq = Math.max(this.#seq, seq);
      else if (error.code === "DISCONNECTED") return;
      else if (error.retryable) {
        this.#retry = this.clock.after(error.retryAfterMs ?? RETRY_MS, () => this.flush());
        return;
      } else this.#wanted = 0;
      this.flush();
    });
  }
}
