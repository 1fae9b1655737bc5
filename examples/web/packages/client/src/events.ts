import type { ConnectionState } from "./connection-state.js";
import type { Event as KnownEvent } from "./generated/wire.js";
import type { OutboxItem } from "./outbox/item.js";

/** An event of a type that this version does not know. */
export interface UnknownEvent {
  readonly type: "unknown";
  readonly event: { readonly type: string; readonly [field: string]: unknown };
}

/** What comes from the server. */
export type ServerEvent = KnownEvent | UnknownEvent;

/** Ends what it was given for; a second call does nothing. */
export type Unsubscribe = () => void;

type ByType = { [E in KnownEvent as E["type"]]: E };

/** What a client tells: the server's events under their own names, its own in lower case. */
export interface ClientEvents extends ByType {
  state: ConnectionState;
  /** Each event from the server, as it came. */
  event: ServerEvent;
  unknown: UnknownEvent;
  /** A frame that was no event; it was dropped. */
  malformed: { readonly frame: unknown; readonly error: unknown; readonly count: number };
  /** An item of the outbox is new, or has changed; `removed` once it is gone: sent or cancelled. */
  outbox: { readonly item: OutboxItem; readonly removed: boolean };
  /** The outbox could not be stored, as where the storage is full: what waits is in memory only. */
  storageFailed: { readonly error: unknown };
}
