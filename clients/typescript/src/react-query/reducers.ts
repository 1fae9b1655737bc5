// Pure and idempotent reducers. Unchanged rows and pages keep their identity, and a reducer without an
// effect returns its input.

import type { Message } from "../generated/wire.js";
import type { OutboxItem } from "../outbox/item.js";
import type { LogChange } from "../room-events.js";
import { type MessageRow, type MessagesData, localState, pendingRow } from "./rows.js";

/** Adds or updates the row of an outbox item, unless the window ends before the newest message. */
export function appendPending(data: MessagesData, item: OutboxItem, userId: string): MessagesData {
  const there = findPending(data, item.clientMessageId);
  if (there) {
    const { local } = there;
    if (local?.state === item.state && local.createdAt === item.createdAt && sameError(local.error, item.error)) {
      return data;
    }
    const row = { ...there, local: localState(item) };
    // A retried item moves behind newer ones.
    return local?.createdAt === item.createdAt
      ? replace(data, there, row)
      : insert(without(data, there), row);
  }
  if (findConfirmed(data, item.clientMessageId, userId)) return data;
  return isNewest(data) ? insert(data, pendingRow(item, userId)) : data;
}

/** Moves an acknowledged item to its position in the log. */
export function confirmPending(data: MessagesData, item: OutboxItem): MessagesData {
  const row = findPending(data, item.clientMessageId);
  if (!row || !item.ack) return data;
  const { messageId, seq, rev, createdAt } = item.ack;
  const rest = without(data, row);
  // The log's event may have come first.
  if (findById(data, messageId) || !isInWindow(rest, seq)) return rest;
  return insert(rest, { ...row, id: messageId, seq, rev, createdAt, local: localState(item) });
}

export function failPending(data: MessagesData, item: OutboxItem): MessagesData {
  const row = findPending(data, item.clientMessageId);
  return row ? replace(data, row, { ...row, local: localState(item) }) : data;
}

export function dropPending(data: MessagesData, clientMessageId: string): MessagesData {
  const row = findPending(data, clientMessageId);
  return row ? without(data, row) : data;
}

export function applyChange(data: MessagesData, change: LogChange): MessagesData {
  switch (change.kind) {
    case "message":
      return bumpThread(applyMessage(data, change.message), change.message);
    case "deleted": {
      const row = findById(data, change.messageId);
      if (!row || row.rev >= change.rev) return data;
      const data_ = replace(data, row, tombstone(row, change.rev, change.deletedAt));
      return change.threadId === undefined ? data_ : shrinkThread(data_, change.threadId);
    }
    case "hidden": {
      const row = change.messageId === undefined ? undefined : findById(data, change.messageId);
      return row ? without(data, row) : data;
    }
  }
}

function applyMessage(data: MessagesData, message: Message): MessagesData {
  const there = findById(data, message.id);
  if (there) {
    // A local row of the same `rev` is only the draft. The server's version replaces it.
    const newer = message.rev > there.rev || (there.local !== undefined && message.rev === there.rev);
    if (!newer) return data;
    return replace(data, there, { ...(there.thread ? { thread: there.thread } : {}), ...message });
  }
  const pending =
    message.clientMessageId == null ? undefined : findPending(data, message.clientMessageId, message.senderId);
  const rest = pending ? without(data, pending) : data;
  return isInWindow(rest, message.seq) ? insert(rest, message) : rest;
}

/** Updates the reply count of the root, which the log does not change. */
function bumpThread(data: MessagesData, reply: Message): MessagesData {
  if (reply.threadId == null || reply.rev !== reply.seq || reply.deletedAt != null) return data;
  const root = findById(data, reply.threadId);
  if (!root || (root.thread && root.thread.lastReplySeq >= reply.seq)) return data;
  const thread = {
    replyCount: (root.thread?.replyCount ?? 0) + 1,
    lastReplyId: reply.id,
    lastReplySeq: reply.seq,
    lastReplyAt: reply.createdAt,
  };
  return replace(data, root, { ...root, thread });
}

function shrinkThread(data: MessagesData, rootId: string): MessagesData {
  const root = findById(data, rootId);
  if (!root?.thread) return data;
  const replyCount = Math.max(0, root.thread.replyCount - 1);
  return replace(data, root, { ...root, thread: { ...root.thread, replyCount } });
}

/** Returns the tombstone of a deleted message, as the server would. */
function tombstone(row: MessageRow, rev: number, deletedAt: string): MessageRow {
  const { attachments: _a, reactions: _r, reactionCounts: _c, mentions: _m, metadata: _d, pinnedAt: _p, pinnedBy: _b, ...rest } = row;
  return { ...rest, text: "", rev, deletedAt };
}

function findById(data: MessagesData, id: string): MessageRow | undefined {
  return find(data, (row) => row.id === id && row.seq !== Number.MAX_SAFE_INTEGER);
}

/** Finds a row without a position in the log. */
function findPending(data: MessagesData, clientMessageId: string, senderId?: string | null): MessageRow | undefined {
  return find(
    data,
    (row) =>
      row.clientMessageId === clientMessageId &&
      row.seq === Number.MAX_SAFE_INTEGER &&
      (senderId === undefined || row.senderId === senderId),
  );
}

function findConfirmed(data: MessagesData, clientMessageId: string, userId: string): MessageRow | undefined {
  return find(data, (row) => row.clientMessageId === clientMessageId && row.senderId === userId);
}

/** Searches from the newest row, where most changes are. */
function find(data: MessagesData, is: (row: MessageRow) => boolean): MessageRow | undefined {
  for (let page = data.pages.length - 1; page >= 0; page -= 1) {
    const row = data.pages[page]?.messages.findLast(is);
    if (row) return row;
  }
  return undefined;
}

function isNewest(data: MessagesData): boolean {
  return data.pages.at(-1)?.after === null;
}

/** Returns `true` if a position is within the loaded pages. */
function isInWindow(data: MessagesData, seq: number): boolean {
  const confirmed = (row: MessageRow): boolean => row.seq !== Number.MAX_SAFE_INTEGER;
  const rows = data.pages.flatMap((page) => page.messages).filter(confirmed);
  const first = rows[0];
  const last = rows.at(-1);
  const startsHere = data.pages[0]?.before === null;
  if (!first || !last) return isNewest(data);
  return (startsHere || seq > first.seq) && (isNewest(data) || seq < last.seq);
}

function before(a: MessageRow, b: MessageRow): boolean {
  return a.seq !== b.seq ? a.seq < b.seq : (a.local?.createdAt ?? 0) < (b.local?.createdAt ?? 0);
}

function insert(data: MessagesData, row: MessageRow): MessagesData {
  const { pages } = data;
  let target = pages.length - 1;
  while (target > 0 && !pages[target]?.messages.some((other) => before(other, row))) target -= 1;
  return onPage(data, target, (messages) => {
    const at = messages.findLastIndex((other) => before(other, row)) + 1;
    return messages.toSpliced(at, 0, row);
  });
}

function replace(data: MessagesData, there: MessageRow, row: MessageRow): MessagesData {
  const page = data.pages.findLastIndex(({ messages }) => messages.includes(there));
  return onPage(data, page, (messages) => messages.map((other) => (other === there ? row : other)));
}

function without(data: MessagesData, row: MessageRow): MessagesData {
  const page = data.pages.findLastIndex(({ messages }) => messages.includes(row));
  return onPage(data, page, (messages) => messages.filter((other) => other !== row));
}

function onPage(
  data: MessagesData,
  page: number,
  change: (messages: readonly MessageRow[]) => MessageRow[],
): MessagesData {
  return {
    ...data,
    pages: data.pages.map((other, at) => (at === page ? { ...other, messages: change(other.messages) } : other)),
  };
}

function sameError(a: OutboxItem["error"], b: OutboxItem["error"]): boolean {
  return a?.code === b?.code && a?.message === b?.message;
}
