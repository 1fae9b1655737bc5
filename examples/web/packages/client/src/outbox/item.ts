import type { ChatErrorCode } from "../errors.js";
import type { MessageAckEvent, SendMessageCommand } from "../generated/wire.js";

/** A message as it is written, before it is sent. */
export type Draft = Omit<SendMessageCommand, "type" | "ref" | "roomId" | "clientMessageId">;

/**
 * `queued` (waits for its turn, or the connection), `sending` (awaits its acknowledgement), `sent`
 * (durable, it leaves the outbox), `failed` (trying again by itself is pointless: retry or cancel).
 */
export type OutboxState = "queued" | "sending" | "sent" | "failed";

/** A message on its way. Immutable: each change is a new item. */
export interface OutboxItem {
  readonly clientMessageId: string;
  readonly roomId: string;
  readonly draft: Draft;
  readonly state: OutboxState;
  /** When it was written, in milliseconds; no two of one outbox are alike, so it is also the order. */
  readonly createdAt: number;
  readonly attempts: number;
  /** Where it stands in the room, once `sent`. */
  readonly ack?: Pick<MessageAckEvent, "messageId" | "seq" | "rev" | "createdAt">;
  /** Why, where `failed`; why not yet, where `queued` after an attempt. */
  readonly error?: { readonly code: ChatErrorCode; readonly message: string };
}

/** An item as it was left by an earlier visit, or by a connection: what was under way waits again. */
export function requeued(item: OutboxItem): OutboxItem {
  return item.state === "sending" ? { ...item, state: "queued" } : item;
}
