import type { Unsubscribe } from "./events.js";
import type { Draft, OutboxItem } from "./outbox/item.js";
import type { JoinedEvent, RoomEvents, RoomState } from "./room-events.js";

/** A room, as this connection hears it. Got from `ChatClient.room`; one object per room id. */
export interface Room {
  readonly id: string;
  readonly state: RoomState;
  /** The log is known through this position; 0 before the first join. */
  readonly through: number;
  /** The user's own read marker. */
  readonly readSeq: number;
  readonly typing: readonly string[];

  /** Hears the room from now on, over every loss of the connection, until {@link leave}. */
  join(options?: { history?: number }): Promise<JoinedEvent>;
  /** Hears it no more. Membership stays: to give that up, `rest.leaveRoom`. */
  leave(): Promise<void>;
  /** {@link join}, counted: the room is left when everyone who retained it has released it. */
  retain(options?: { history?: number }): Unsubscribe;

  /** Puts a message into the outbox: it is sent as soon as that is possible, once, in order. */
  send(draft: Draft | string): OutboxItem;
  edit(messageId: string, text: string): Promise<void>;
  delete(messageId: string, options?: { forMe?: boolean }): Promise<void>;
  react(messageId: string, emoji: string): Promise<void>;
  unreact(messageId: string, emoji: string): Promise<void>;
  /** Moves the read marker forward; many calls become few commands. */
  markRead(seq: number, options?: { threadId?: string }): void;
  /** To call upon each key; tells the others now and then. Never queued. */
  keystroke(): void;
  /** The text was sent or cleared. */
  stopTyping(): void;

  on<E extends keyof RoomEvents>(event: E, listener: (event: RoomEvents[E]) => void): Unsubscribe;
}
