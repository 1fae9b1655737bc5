import type { ChatErrorCode } from "./errors.js";
import type {
  Message,
  OccupancyEvent,
  ReadReceiptEvent,
  Role,
  Room as RoomInfo,
} from "./generated/wire.js";

/** One position of a room's log, as this user sees it. */
export type LogChange =
  /** A message in its latest state: new, edited, with reactions, or pinned. A tombstone has `deletedAt`. */
  | { readonly kind: "message"; readonly rev: number; readonly message: Message }
  | {
      readonly kind: "deleted";
      readonly rev: number;
      readonly messageId: string;
      readonly seq: number;
      readonly deletedAt: string;
      readonly threadId?: string;
    }
  /** The message, if given, is hidden from this user. */
  | {
      readonly kind: "hidden";
      readonly rev: number | null;
      readonly messageId?: string;
      readonly seq?: number;
    };

/** The client has joined the room, for the first time or again. */
export interface JoinedEvent {
  readonly epoch: string;
  readonly head: number;
  readonly role: Role;
  readonly readSeq: number;
  /**
   * `true` if the join resumed without a gap, with all missed changes delivered as `changes`. `false` if
   * the log starts again with `messages`: if `again` is `true`, discard the messages shown before.
   */
  readonly recovered: boolean;
  readonly again: boolean;
  /** The newest messages in ascending order, if not recovered. */
  readonly messages: readonly Message[];
}

/** Changes of a room's log. Each position comes exactly once and in order. */
export interface ChangesEvent {
  readonly changes: readonly LogChange[];
  /** The position up to which the log is complete. */
  readonly through: number;
  /** `true` if the changes are new, `false` if they were missed while disconnected. */
  readonly live: boolean;
}

/** The events of a room. */
export interface RoomEvents {
  state: RoomState;
  joined: JoinedEvent;
  changes: ChangesEvent;
  /** The other users who are typing. Users time out if they do not repeat it. */
  typing: readonly string[];
  receipt: ReadReceiptEvent;
  /** The user's own read marker moved, here or on another device. */
  read: { readonly seq: number };
  member: {
    readonly change: "joined" | "updated" | "left";
    readonly userId: string;
    readonly role?: Role;
    readonly reason?: string;
  };
  occupancy: OccupancyEvent;
  info: RoomInfo;
}

/**
 * `left → joining → joined`, and back to `joining` when the connection is lost. `removed`: the user was
 * removed, or the room was deleted. `failed`: the join was rejected.
 */
export type RoomState =
  | { readonly status: "left" | "joining" }
  | {
      readonly status: "joined";
      readonly role: Role;
      readonly epoch: string;
    }
  | { readonly status: "removed"; readonly reason: string }
  | { readonly status: "failed"; readonly code: ChatErrorCode; readonly reason: string };
