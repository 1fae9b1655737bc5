import type { ChatErrorCode } from "../errors.js";
import type { MessageAckEvent, SendMessageCommand } from "../generated/wire.js";

/** A message before it is sent. */
export type Draft = Omit<SendMessageCommand, "type" | "ref" | "roomId" | "clientMessageId">;

/**
 * `queued` (waits for its turn or for the connection), `sending` (waits for its acknowledgement), `sent`
 * (durable, leaves the outbox), `failed` (not retried automatically: call `retry` or `cancel`).
 */
export type OutboxState = "queued" | "sending" | "sent" | "failed";

/** A message in the outbox. Immutable: each change creates a new item. */
export interface OutboxItem {
  readonly clientMessageId: string;
  readonly roomId: string;
  readonly draft: Draft;
  readonly state: OutboxState;
  /** The time of writing in milliseconds. It is unique in an outbox, and defines the order. */
  readonly createdAt: number;
  readonly attempts: number;
  /** The acknowledgement, once `sent`. */
  readonly ack?: Pick<MessageAckEvent, "messageId" | "seq" | "rev" | "createdAt">;
  /** The last error, if `failed`, or if `queued` after a failed attempt. */
  readonly error?: { readonly code: ChatErrorCode; readonly message: string };
}

/** Returns the item after a reload or a lost connection: `sending` becomes `queued`. */
export function requeued(item: OutboxItem): OutboxItem {
  return item.state === "sending" ? { ...item, state: "queued" } : item;
}
