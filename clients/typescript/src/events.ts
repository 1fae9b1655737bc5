import type { ConnectionState } from "./connection-state.js";
import type { Event as KnownEvent } from "./generated/wire.js";
import type { OutboxItem } from "./outbox/item.js";

/** An event whose type is unknown to this version. */
export interface UnknownEvent {
  readonly type: "unknown";
  readonly event: { readonly type: string; readonly [field: string]: unknown };
}

/** An event from the server. */
export type ServerEvent = KnownEvent | UnknownEvent;

/** Ends a subscription. A second call does nothing. */
export type Unsubscribe = () => void;

type ByType = { [E in KnownEvent as E["type"]]: E };

/** The events of a client: the server's under their own names, the client's in lower case. */
export interface ClientEvents extends ByType {
  state: ConnectionState;
  /** Every event from the server. */
  event: ServerEvent;
  unknown: UnknownEvent;
  /** A malformed frame, which was dropped. */
  malformed: { readonly frame: unknown; readonly error: unknown; readonly count: number };
  /** An outbox item was added or changed. `removed` is `true` once it has been sent or cancelled. */
  outbox: { readonly item: OutboxItem; readonly removed: boolean };
  /** The outbox could not be stored, for example because the storage is full. It stays in memory. */
  storageFailed: { readonly error: unknown };
}
