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
  /** A message in its latest state: new, edited, reacted to, pinned; a tombstone has `deletedAt`. */
  | { readonly kind: "message"; readonly rev: number; readonly message: Message }
  | {
      readonly kind: "deleted";
      readonly rev: number;
      readonly messageId: string;
      readonly seq: number;
      readonly deletedAt: string;
      readonly threadId?: string;
    }
  /** The message, where one is named, is no longer for this user. */
  | {
      readonly kind: "hidden";
      readonly rev: number | null;
      readonly messageId?: string;
      readonly seq?: number;
    };

/** The room was joined, for the first time or again. */
export interface JoinedEvent {
  readonly epoch: string;
  readonly head: number;
  readonly role: Role;
  readonly readSeq: number;
  /**
   * `true`: a return, and nothing was missed; what happened meanwhile came as `changes`.
   * `false`: this begins anew with `messages`. On a return (`again`) drop what was shown before.
   */
  readonly recovered: boolean;
  readonly again: boolean;
  /** The newest messages, ascending, where not recovered. */
  readonly messages: readonly Message[];
}

/** Each position comes once, in order, none missing. */
export interface ChangesEvent {
  readonly changes: readonly LogChange[];
  /** The log is known through this position. */
  readonly through: number;
  /** They happened just now, rather than while the room was not heard. */
  readonly live: boolean;
}

/** What a room tells. */
export interface RoomEvents {
  state: RoomState;
  joined: JoinedEvent;
  changes: ChangesEvent;
  /** Who is typing now, without oneself; who stops saying so is taken out after a while. */
  typing: readonly string[];
  receipt: ReadReceiptEvent;
  /** The own read marker moved, here or on another device. */
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
 * `left → joining → joined`; `joining` again after each loss of the connection. `removed`: the user was
 * taken out, or the room is gone; `failed`: joining was refused.
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
