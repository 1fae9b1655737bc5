import type { Message } from "../generated/wire.js";
import type { OutboxItem } from "../outbox/item.js";

/** What one's own message lacks until the server has it. */
export interface LocalState {
  readonly state: OutboxItem["state"];
  readonly error?: OutboxItem["error"];
}

/**
 * A message as shown. With `local` while it is in the outbox: then `seq` and `rev` are
 * `Number.MAX_SAFE_INTEGER` and `id` is the `clientMessageId`, until it is `sent`.
 */
export type MessageRow = Message & { readonly local?: LocalState };

/** A page of history, ascending; a cursor is `null` where there is no more. */
export interface MessagesPage {
  readonly messages: readonly MessageRow[];
  readonly before: string | null;
  readonly after: string | null;
}
