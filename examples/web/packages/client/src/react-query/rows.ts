import type { InfiniteData } from "@tanstack/react-query";
import type { Message } from "../generated/wire.js";
import type { OutboxItem } from "../outbox/item.js";

/** What one's own message lacks until the log tells of it. */
export interface LocalState {
  readonly state: OutboxItem["state"];
  /** Places it among those that wait with it. */
  readonly createdAt: number;
  readonly error?: NonNullable<OutboxItem["error"]>;
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

/** Messages in the cache: pages ascending, the oldest first. */
export type MessagesData = InfiniteData<MessagesPage>;

/** A key that stays the same from the optimistic row to the confirmed one. */
export function rowKey(row: MessageRow): string {
  return row.clientMessageId == null ? row.id : `${row.senderId ?? ""} ${row.clientMessageId}`;
}

/** The row of an item that the server does not have yet, as far as is known. */
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
