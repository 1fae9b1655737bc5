import type { Event, Message } from "./generated/wire.js";
import type { LogChange } from "./room-events.js";

/** The result of an event: the changes to deliver, and `gap: true` if positions are missing. */
export interface Taken {
  readonly changes: readonly LogChange[];
  readonly gap: boolean;
}

const NOTHING: Taken = { changes: [], gap: false };

/** The maximum number of early positions to hold. Further ones are fetched with the gap. */
const MAX_HELD = 500;

/**
 * Puts the positions of a room's log in order: each is delivered exactly once.
 *
 * Pure: uses no socket and no clock. Early positions are held until {@link heal} has filled the gap.
 * Repeated ones are dropped.
 */
export class RoomLog {
  #epoch: string | undefined;
  #through = 0;
  /** Early positions. `null` means that the position has no change for this user. */
  readonly #held = new Map<number, LogChange | null>();
  /** The highest position seen, delivered or held. */
  #seen = 0;

  /** The epoch of the log. `undefined` before the first join and after {@link forget}. */
  get epoch(): string | undefined {
    return this.#epoch;
  }

  get through(): number {
    return this.#through;
  }

  /** Starts at a position. The caller has everything before it. */
  begin(epoch: string, head: number): void {
    this.forget();
    this.#epoch = epoch;
    this.#through = head;
  }

  forget(): void {
    this.#epoch = undefined;
    this.#through = 0;
    this.#seen = 0;
    this.#held.clear();
  }

  take(rev: number, change: LogChange | null): Taken {
    if (rev <= this.#through) return NOTHING;
    this.#seen = Math.max(this.#seen, rev);
    if (this.#held.size < MAX_HELD || rev === this.#through + 1) this.#held.set(rev, change);
    return this.#release([]);
  }

  /** Fills a gap with messages read from the log after {@link through}, complete up to `through`. */
  heal(messages: readonly Message[], through: number): Taken {
    const changes: LogChange[] = [];
    for (const message of messages) {
      if (message.rev <= this.#through) continue;
      changes.push({ kind: "message", rev: message.rev, message });
    }
    if (through > this.#through) this.#through = through;
    for (const rev of this.#held.keys()) {
      if (rev <= this.#through) this.#held.delete(rev);
    }
    return this.#release(changes);
  }

  #release(changes: LogChange[]): Taken {
    for (;;) {
      const change = this.#held.get(this.#through + 1);
      if (change === undefined) break;
      this.#through += 1;
      this.#held.delete(this.#through);
      if (change) changes.push(change);
    }
    return { changes, gap: this.#seen > this.#through };
  }
}

/** Returns the position and change of an event, or `undefined` for an event without a position. */
export function logChange(event: Event): { rev: number; change: LogChange | null } | undefined {
  if (!("rev" in event) || event.rev === undefined) return undefined;
  const { rev } = event;
  switch (event.type) {
    case "MESSAGE_CREATED":
    case "MESSAGE_UPDATED":
      return { rev, change: { kind: "message", rev, message: event.message } };
    case "MEMBER_JOINED":
    case "MEMBER_UPDATED":
    case "MEMBER_LEFT":
    case "ROOM_UPDATED":
      return { rev, change: event.message ? { kind: "message", rev, message: event.message } : null };
    case "MESSAGE_DELETED": {
      const { messageId, seq, deletedAt, threadId } = event;
      const thread = threadId === undefined ? {} : { threadId };
      return { rev, change: { kind: "deleted", rev, messageId, seq, deletedAt, ...thread } };
    }
    case "MESSAGE_HIDDEN":
      return { rev, change: hiddenChange(event) };
    default:
      return undefined;
  }
}

/** Returns the change for a hidden message. Without a `rev` it takes no position. */
export function hiddenChange(event: Extract<Event, { type: "MESSAGE_HIDDEN" }>): LogChange {
  const { rev = null, messageId, seq } = event;
  return {
    kind: "hidden",
    rev,
    ...(messageId === undefined ? {} : { messageId }),
    ...(seq === undefined ? {} : { seq }),
  };
}
