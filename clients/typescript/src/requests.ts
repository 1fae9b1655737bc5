import type { Cancel, Clock } from "./environment.js";
import { ChatError } from "./errors.js";
import type { Event } from "./generated/wire.js";

/** Called once, with the answer or an error. */
export type Answered = (answer: Event | ChatError) => void;

/**
 * Pending commands, by `ref`.
 *
 * An answer is delivered synchronously with its frame, as later frames may depend on it. A promise would
 * deliver it too late.
 */
export class Requests {
  readonly #open = new Map<string, { answered: Answered; cancel: Cancel }>();
  #last = 0;

  constructor(
    private readonly clock: Clock,
    private readonly timeoutMs: number,
  ) {}

  /** Registers a command and returns its `ref`. */
  open(answered: Answered): string {
    const ref = String((this.#last += 1));
    const cancel = this.clock.after(this.timeoutMs, () => {
      this.#settle(ref, new ChatError("TIMEOUT", "no answer in time"));
    });
    this.#open.set(ref, { answered, cancel });
    return ref;
  }

  /** Delivers an answer. Returns `true` if a command was waiting for it. */
  answer(event: Event): boolean {
    if (!("ref" in event) || event.ref == null) return false;
    if (event.type !== "ERROR") return this.#settle(event.ref, event);
    const { code, message, retryAfterMs } = event;
    const detail = retryAfterMs === undefined ? {} : { retryAfterMs };
    return this.#settle(event.ref, new ChatError(code, message, detail));
  }

  /** Fails all pending commands, as the connection is gone. */
  abandon(): void {
    for (const ref of [...this.#open.keys()]) {
      this.#settle(ref, new ChatError("DISCONNECTED", "the connection was lost"));
    }
  }

  #settle(ref: string, answer: Event | ChatError): boolean {
    const request = this.#open.get(ref);
    if (!request) return false;
    this.#open.delete(ref);
    request.cancel();
    request.answered(answer);
    return true;
  }
}
