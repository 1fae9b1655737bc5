import type { MessageRow } from "chat-core-client/react-query";
import { describe, expect, it } from "vitest";
import { entriesOf } from "./entries";
import { readersBySeq } from "./readers";

function row(seq: number, more: Partial<MessageRow> = {}): MessageRow {
  return {
    id: `m${seq}`,
    roomId: "general",
    kind: "user",
    seq,
    rev: seq,
    senderId: "bob",
    text: `text ${seq}`,
    createdAt: new Date(Date.UTC(2026, 0, 15, 12, 0, seq)).toISOString(),
    ...more,
  };
}

const plain = { self: "alice", readSeq: null, hidesReplies: true };
const kinds = (rows: readonly MessageRow[], options = {}) =>
  entriesOf(rows, { ...plain, ...options }).map((entry) => (entry.kind === "message" ? entry.row.id : entry.kind));

describe("entries", () => {
  it("start each day with a separator", () => {
    const rows = [row(1), row(2), row(3, { createdAt: "2026-01-17T12:00:00.000Z" })];
    expect(kinds(rows)).toEqual(["day", "m1", "m2", "day", "m3"]);
  });

  it("have one divider before the first unread message of another user", () => {
    const rows = [row(1), row(2, { senderId: "alice" }), row(3), row(4)];
    expect(kinds(rows, { readSeq: 1 })).toEqual(["day", "m1", "m2", "unread", "m3", "m4"]);
    expect(kinds(rows, { readSeq: 4 })).not.toContain("unread");
  });

  it("group messages that one sender writes within minutes", () => {
    const later = new Date(Date.UTC(2026, 0, 15, 12, 30)).toISOString();
    const rows = [row(1), row(2), row(3, { senderId: "eve" }), row(4, { createdAt: later }), row(5, { createdAt: later, replyTo: "m1" })];
    const heads = entriesOf(rows, plain).flatMap((entry) => (entry.kind === "message" && entry.isHead ? [entry.row.id] : []));
    expect(heads).toEqual(["m1", "m3", "m4", "m5"]);
  });

  it("leave out thread replies", () => {
    const rows = [row(1), row(2, { threadId: "m1" })];
    expect(kinds(rows)).toEqual(["day", "m1"]);
    expect(kinds(rows, { hidesReplies: false })).toEqual(["day", "m1", "m2"]);
  });
});

it("shows readers at the last message they have read, but no sender at their own newest message", () => {
  const rows = [row(1), row(2, { senderId: "alice" }), row(5, { senderId: "eve" })];
  const reads = new Map([["alice", 5], ["bob", 3], ["eve", 5], ["zoe", 0]]);
  expect(readersBySeq(rows, reads, "alice")).toEqual(new Map([[2, ["bob"]]]));
});
