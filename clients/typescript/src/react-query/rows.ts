import type { InfiniteData } from "@tanstack/react-query";
import type { Message } from "../generated/wire.js";
import type { OutboxItem } from "../outbox/item.js";

/** The outbox state of the user's own message, until its event arrives. */
export interface LocalState {
  readonly state: OutboxItem["state"];
  /** Orders the message among other waiting ones. */
  readonly createdAt: number;
  readonly error?: NonNullable<OutboxItem["error"]>;
}

/**
 * A message to show. It has `local` while it is in the outbox. Until it is `sent`, its `seq` and `rev` are
 * `Number.MAX_SAFE_INTEGER` and its `id` is the `clientMessageId`.
 */
export type MessageRow = Message & { readonly local?: LocalState };

/** A page of history in ascending order. A cursor is `null` at the end of the history. */
export interface MessagesPage {
  readonly messages: readonly MessageRow[];
  readonly before: string | null;
  readonly after: string | null;
}

/** Messages in the cache, in pages with the oldest first. */
export type MessagesData = InfiniteData<MessagesPage>;

/** Returns a key that the optimistic row and the confirmed row share. */
export function rowKey(row: MessageRow): string {
  return row.clientMessageId == null ? row.id : `${row.senderId ?? ""} ${row.clientMessageId}`;
}

/** Returns the row of an item that is not acknowledged. */
export function pendingRow(item: OutboxItem, userId: string): MessageRow {
  const { clientMessageId, roomId, draft } = item;
  return {
    id: clientMessageId,
    clientMessageId,
    roomId,
    kind: "user",
    senderId: userId,
    seq: Number.MAX_SAFE_INTEGER,
    rev: Number.MAX_SAFE_INTEGER,
    createdAt: new Date(item.createdAt).toISOString(),
    text: draft.text ?? "",
    ...(draft.replyTo == null ? {} : { replyTo: draft.replyTo }),
    ...(draft.threadId == null ? {} : { threadId: draft.threadId }),
    ...(draft.mentions ? { mentions: draft.mentions } : {}),
    ...(draft.attachments ? { attachments: draft.attachments.map(attachment) } : {}),
    ...(draft.metadata ? { metadata: draft.metadata } : {}),
    local: localState(item),
  };
}

export function localState({ state, createdAt, error }: OutboxItem): LocalState {
  return { state, createdAt, ...(error ? { error } : {}) };
}

function attachment(
  input: NonNullable<OutboxItem["draft"]["attachments"]>[number],
): NonNullable<Message["attachments"]>[number] {
  const { url, mimeType, name, size } = input;
  return { url, mimeType, ...(name == null ? {} : { name }), ...(size == null ? {} : { size }) };
}
