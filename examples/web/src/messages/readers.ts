import type { MessageRow } from "chat-core-client/react-query";

/** Groups readers by the last message that each has read. */
export function readersBySeq(
  rows: readonly MessageRow[],
  reads: ReadonlyMap<string, number>,
  self: string,
): ReadonlyMap<number, readonly string[]> {
  const shown = rows.filter((row) => !row.local && row.threadId === undefined);
  const bySeq = new Map<number, string[]>();
  for (const [userId, seq] of reads) {
    if (userId === self) continue;
    const last = shown.findLast((row) => row.seq <= seq);
    // Senders have always read their own message.
    if (last === undefined || (last.senderId === userId && last === shown.at(-1))) continue;
    const at = bySeq.get(last.seq);
    if (at === undefined) bySeq.set(last.seq, [userId]);
    else at.push(userId);
  }
  return bySeq;
}
