import type { Message, RoomEntry } from "../../src/index.js";

/** Returns a message at a position in the room `tea`. */
export function message(seq: number, more: Partial<Message> = {}): Message {
  return {
    id: `m${seq}`,
    roomId: "tea",
    kind: "user",
    seq,
    rev: seq,
    senderId: "bob",
    text: `text ${seq}`,
    createdAt: "2026-01-01T00:00:00.000Z",
    ...more,
  };
}

/** Returns an entry of the room list. */
export function entry(id: string, more: Partial<RoomEntry> = {}): RoomEntry {
  return {
    id,
    kind: "group",
    createdAt: "2026-01-01T00:00:00.000Z",
    memberCount: 2,
    metadata: {},
    announceMembership: true,
    joinOnDemand: true,
    epoch: "e1",
    role: "member",
    head: 5,
    readSeq: 5,
    unread: 0,
    mentions: 0,
    ...more,
  };
}
