import { describe, expect, test } from "vitest";
import type { LogChange, Message, OutboxItem } from "../src/index.js";
import {
  type MessageRow,
  type MessagesData,
  appendPending,
  applyChange,
  confirmPending,
  dropPending,
  failPending,
  rowKey,
} from "../src/react-query/index.js";
import { applyThreadChange } from "../src/react-query/thread.js";
import { message } from "./fakes/models.js";

const item = (n: number, more: Partial<OutboxItem> = {}): OutboxItem => ({
  clientMessageId: `c${n}`,
  roomId: "tea",
  draft: { text: `mine ${n}` },
  state: "queued",
  createdAt: 1_000 + n,
  attempts: 0,
  ...more,
});

const sent = (n: number, seq: number): OutboxItem =>
  item(n, { state: "sent", ack: { messageId: `m${seq}`, seq, rev: seq, createdAt: "2026-01-01T00:00:00.000Z" } });

/** Returns two pages. They contain the whole room unless `older` or `newer` is given. */
function data(options: { older?: string; newer?: string } = {}): MessagesData {
  return {
    pages: [
      { messages: [message(2), message(3)], before: options.older ?? null, after: "3" },
      { messages: [message(5), message(6)], before: "5", after: options.newer ?? null },
    ],
    pageParams: [{}, {}],
  };
}

const rows = (from: MessagesData): MessageRow[] => from.pages.flatMap((page) => page.messages);
const shown = (from: MessagesData): string[] => rows(from).map((row) => row.id);
const change = (m: Message): LogChange => ({ kind: "message", rev: m.rev, message: m });

describe("the user's own message", () => {
  test("is shown last, in the order of writing, until it has a position", () => {
    const two = appendPending(appendPending(data(), item(1), "alice"), item(2), "alice");
    expect(shown(two)).toEqual(["m2", "m3", "m5", "m6", "c1", "c2"]);
    expect(rows(two)[4]).toMatchObject({ senderId: "alice", text: "mine 1", local: { state: "queued" } });
    const confirmed = confirmPending(two, sent(1, 7));
    expect(shown(confirmed)).toEqual(["m2", "m3", "m5", "m6", "m7", "c2"]);
    expect(rows(confirmed)[4]).toMatchObject({ seq: 7, local: { state: "sent" } });
    const live = applyChange(confirmed, change(message(7, { senderId: "alice", clientMessageId: "c1", text: "filtered" })));
    expect(rows(live)[4]).toEqual(message(7, { senderId: "alice", clientMessageId: "c1", text: "filtered" }));
  });

  test("has one row and one key, whether the acknowledgement or the event is first", () => {
    const pending = appendPending(data(), item(1), "alice");
    const event = change(message(8, { senderId: "alice", clientMessageId: "c1" }));
    const other = change(message(7));
    const ways = [
      confirmPending(applyChange(applyChange(pending, other), event), sent(1, 8)),
      applyChange(applyChange(confirmPending(pending, sent(1, 8)), other), event),
      appendPending(applyChange(applyChange(pending, other), event), item(1), "alice"),
    ];
    for (const way of ways) {
      expect(shown(way)).toEqual(["m2", "m3", "m5", "m6", "m7", "m8"]);
      expect(rows(way).every((row) => row.local === undefined)).toBe(true);
      expect(rowKey(rows(way)[5]!)).toBe(rowKey(rows(pending)[4]!));
    }
  });

  test("is not confused with another user's message of the same id", () => {
    const pending = appendPending(data(), item(1), "alice");
    const event = change(message(7, { senderId: "eve", clientMessageId: "c1" }));
    expect(shown(applyChange(pending, event))).toEqual(["m2", "m3", "m5", "m6", "m7", "c1"]);
  });

  test("shows its error, moves to the end on a retry, and disappears on a cancel", () => {
    const error = { code: "REJECTED", message: "no" } as const;
    const two = appendPending(appendPending(data(), item(1), "alice"), item(2), "alice");
    const failed = failPending(two, item(1, { state: "failed", error }));
    expect(rows(failed)[4]?.local).toEqual({ state: "failed", createdAt: 1_001, error });
    const retried = appendPending(failed, item(1, { createdAt: 1_003 }), "alice");
    expect(shown(retried).slice(4)).toEqual(["c2", "c1"]);
    expect(rows(retried)[5]?.local).toEqual({ state: "queued", createdAt: 1_003 });
    expect(shown(dropPending(retried, "c1")).slice(4)).toEqual(["c2"]);
  });

  test("is not shown in a window that ends before the newest", () => {
    const window = data({ newer: "6" });
    expect(appendPending(window, item(1), "alice")).toBe(window);
    expect(applyChange(window, change(message(7)))).toBe(window);
  });
});

describe("a change", () => {
  test("that is already applied changes nothing, not even an identity", () => {
    const before = data();
    expect(applyChange(before, change(message(5)))).toBe(before);
    expect(applyChange(before, { kind: "deleted", rev: 5, messageId: "m5", seq: 5, deletedAt: "x" })).toBe(before);
    expect(applyChange(before, { kind: "hidden", rev: 9 })).toBe(before);
    expect(applyChange(before, { kind: "hidden", rev: null, messageId: "m9" })).toBe(before);
    expect(confirmPending(before, sent(1, 7))).toBe(before);
    expect(failPending(before, item(1))).toBe(before);
    expect(dropPending(before, "c1")).toBe(before);
    const pending = appendPending(before, item(1), "alice");
    expect(appendPending(pending, item(1), "alice")).toBe(pending);
  });

  test("keeps the identity of all other rows and pages", () => {
    const before = data();
    const after = applyChange(before, change(message(3, { rev: 7, text: "edited" })));
    expect(rows(after)[1]?.text).toBe("edited");
    expect(after.pages[1]).toBe(before.pages[1]);
    expect(rows(after)[0]).toBe(rows(before)[0]);
    expect(applyChange(after, change(message(3, { rev: 4 })))).toBe(after);
  });

  test("is inserted in order, and ignored outside of the window", () => {
    const window = data({ older: "2" });
    expect(shown(applyChange(window, change(message(4, { rev: 9 }))))).toEqual(["m2", "m3", "m4", "m5", "m6"]);
    expect(applyChange(window, change(message(1, { rev: 9 })))).toBe(window);
    expect(shown(applyChange(data(), change(message(1, { rev: 9 }))))).toEqual(["m1", "m2", "m3", "m5", "m6"]);
    const empty: MessagesData = { pages: [{ messages: [], before: null, after: null }], pageParams: [{}] };
    expect(shown(applyChange(empty, change(message(1))))).toEqual(["m1"]);
  });

  test("leaves a tombstone for a deletion, and nothing for a hidden message", () => {
    const before = applyChange(data(), change(message(5, { rev: 7, reactions: { "👍": ["bob"] }, reactionCounts: { "👍": 21 }, mentions: ["eve"] })));
    const deleted = applyChange(before, { kind: "deleted", rev: 8, messageId: "m5", seq: 5, deletedAt: "then" });
    expect(rows(deleted)[2]).toEqual({ ...message(5), rev: 8, text: "", deletedAt: "then" });
    expect(shown(applyChange(deleted, { kind: "hidden", rev: null, messageId: "m5", seq: 5 }))).toEqual(["m2", "m3", "m6"]);
  });

  test("counts a reply at its root once, and not after its deletion", () => {
    const reply = message(7, { threadId: "m5" });
    const replied = applyChange(data(), change(reply));
    const thread = { replyCount: 1, lastReplyId: "m7", lastReplySeq: 7, lastReplyAt: reply.createdAt };
    expect(rows(replied)[2]?.thread).toEqual(thread);
    expect(applyChange(replied, change(reply))).toBe(replied);
    const edited = applyChange(replied, change(message(5, { rev: 8, text: "edited" })));
    expect(rows(edited)[2]).toMatchObject({ text: "edited", thread });
    const gone: LogChange = { kind: "deleted", rev: 9, messageId: "m7", seq: 7, deletedAt: "x", threadId: "m5" };
    const deleted = applyChange(edited, gone);
    expect(rows(deleted)[2]?.thread?.replyCount).toBe(0);
    expect(applyChange(deleted, gone)).toBe(deleted);
  });
});

test("a thread takes its own replies and the changes of its root", () => {
  const root = message(1);
  const thread = {
    pages: [{ messages: [message(2, { threadId: "m1" })], before: null, after: null, root, readSeq: 0 }],
    pageParams: [{}],
  };
  const replied = applyThreadChange(thread, "m1", change(message(5, { threadId: "m1" })));
  expect(shown(replied)).toEqual(["m2", "m5"]);
  expect(replied.pages[0]).toMatchObject({ root, readSeq: 0 });
  expect(applyThreadChange(thread, "m1", change(message(6)))).toBe(thread);
  expect(applyThreadChange(thread, "m1", change(message(7, { threadId: "m4" })))).toBe(thread);
  const edited = applyThreadChange(replied, "m1", change(message(1, { rev: 8, text: "edited" })));
  expect(edited.pages[0]?.root.text).toBe("edited");
  expect(applyThreadChange(edited, "m1", change(message(1, { rev: 7 })))).toBe(edited);
});
