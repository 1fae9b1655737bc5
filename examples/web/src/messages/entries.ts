import type { MessageRow } from "chat-core-client/react-query";
import { rowKey } from "chat-core-client/react-query";
import { dayOf } from "@/lib/time";

/** Messages of one sender that are further apart start a new group. */
const GROUP_MS = 5 * 60 * 1000;

/** A line of the list. */
export type Entry =
  | { readonly kind: "day"; readonly key: string; readonly time: string }
  | { readonly kind: "unread"; readonly key: string }
  | {
      readonly kind: "message";
      readonly key: string;
      readonly row: MessageRow;
      /** `true` for the first message of a group, which shows its sender. */
      readonly isHead: boolean;
    };

interface Options {
  readonly self: string;
  /** Puts the divider before the first message of others after this position. `null`: no divider. */
  readonly readSeq: number | null;
  /** `true` to leave out replies in threads. */
  readonly hidesReplies: boolean;
}

/** Returns the messages with day separators and the "new messages" divider. */
export function entriesOf(rows: readonly MessageRow[], { self, readSeq, hidesReplies }: Options): Entry[] {
  const entries: Entry[] = [];
  let before: MessageRow | null = null;
  let divided = readSeq === null;
  for (const row of rows) {
    if (hidesReplies && row.threadId !== undefined) continue;
    const isNewDay = before === null || dayOf(before.createdAt) !== dayOf(row.createdAt);
    if (isNewDay) entries.push({ kind: "day", key: `day:${dayOf(row.createdAt)}`, time: row.createdAt });
    const isUnread = !divided && row.senderId !== self && row.kind === "user" && row.seq > (readSeq ?? 0);
    if (isUnread) {
      entries.push({ kind: "unread", key: "unread" });
      divided = true;
    }
    entries.push({
      kind: "message",
      key: rowKey(row),
      row,
      isHead: isNewDay || isUnread || before === null || !continues(before, row),
    });
    before = row;
  }
  return entries;
}

function continues(before: MessageRow, row: MessageRow): boolean {
  return (
    before.kind === "user" &&
    row.kind === "user" &&
    before.senderId === row.senderId &&
    row.replyTo === undefined &&
    Date.parse(row.createdAt) - Date.parse(before.createdAt) < GROUP_MS
  );
}
