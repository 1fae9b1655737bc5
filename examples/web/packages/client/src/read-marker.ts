import type { Cancel, Clock } from "./environment.js";
import { ChatError } from "./errors.js";

/** Sends a marker; `done` is called with the error, if it was one. */
type Send = (seq: number, done: (error: ChatError | undefined) => void) => void;

/** How long after a refusal that a retry can mend, if the server does not say. */
const RETRY_MS = 2_000;

/**
 * One's own read marker: moves forward only. While a command is on its way further moves are gathered
 * into the next, and what could not be sent is sent when the room is joined again.
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

  /** Where it stands for the user: what is on its way counts. */
  get seq(): number {
    return Math.max(this.#seq, this.#wanted);
  }

  move(seq: number): void {
    if (seq <= this.seq) return;
    this.#wanted = seq;
    this.moved(seq);
    this.flush();
  }

  /** It moved on the server, from here or from another device. */
  heard(seq: number): void {
    const before = this.seq;
    this.#seq = Math.max(this.#seq, seq);
    if (this.seq > before) this.moved(this.seq);
  }

  /** Begins anew: the positions of another log mean nothing in this one. */
  reset(seq: number): void {
    this.#retry();
    this.#seq = seq;
    this.#wanted = 0;
  }

  /** Sends what is yet to be sent. */
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
