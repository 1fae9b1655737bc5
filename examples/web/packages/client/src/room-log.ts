import type { Event, Message } from "./generated/wire.js";
import type { LogChange } from "./room-events.js";

/** What came of an event: what to tell, and whether positions are missing before what is held back. */
export interface Taken {
  readonly changes: readonly LogChange[];
  readonly gap: boolean;
}

const NOTHING: Taken = { changes: [], gap: false };

/** How many positions are held back while those before them are fetched; the rest is fetched with them. */
const MAX_HELD = 500;

/**
 * What of a room's log has been told: each position once, in order, none missing.
 *
 * Pure: no socket, no clock. Positions that come early are held back until {@link heal} has filled the
 * gap; those that come again are dropped.
 */
export class RoomLog {
  #epoch: string | undefined;
  #through = 0;
  /** Early positions; `null` is one that holds nothing for this user. */
  readonly #held = new Map<number, LogChange | null>();
  /** The highest position seen, held back or not. */
  #seen = 0;

  /** The log this is; `undefined` before the first join, and after {@link forget}. */
  get epoch(): string | undefined {
    return this.#epoch;
  }

  get through(): number {
    return this.#through;
  }

  /** Begins at a position, with what is before it known by other means. */
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

  /** A live event that takes a position. */
  take(rev: number, change: LogChange | null): Taken {
    if (rev <= this.#through) return NOTHING;
    this.#seen = Math.max(this.#seen, rev);
    if (this.#held.size < MAX_HELD || rev === this.#through + 1) this.#held.set(rev, change);
    return this.#release([]);
  }

  /** What the log says of the positions after {@link through}, complete through `through`. */
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

/** The position an event takes, and what it holds; `undefined` for one that takes none. */
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

/** A message is no longer for this user; without a `rev` it takes no position. */
export function hiddenChange(event: Extract<Event, { type: "MESSAGE_HIDDEN" }>): LogChange {
  const { rev = null, messageId, seq } = event;
  return {
    kind: "hidden",
    rev,
    ...(messageId === undefined ? {} : { messageId }),
    ...(seq === undefined ? {} : { seq }),
  };
}
