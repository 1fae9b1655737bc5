import { describe, expect, test } from "vitest";
import type { Message, RoomEntry } from "../src/index.js";
import {
  type RoomsData,
  roomActive,
  roomChanged,
  roomEntries,
  roomGone,
  roomMessage,
  roomRead,
} from "../src/react-query/rooms-reducers.js";
import { entry, message as inTea } from "./fakes/models.js";

const message = (seq: number, more: Partial<Message> = {}): Message => inTea(seq, { roomId: "b", ...more });

const data = (...pages: RoomEntry[][]): RoomsData => ({
  pages: pages.map((rooms) => ({ rooms, page: { next: null } })),
  pageParams: pages.map(() => undefined),
});
const order = (from: RoomsData): string => roomEntries(from).map(({ id }) => id).join("");
const room = (from: RoomsData, id: string): RoomEntry | undefined => roomEntries(from).find((e) => e.id === id);

describe("the room list", () => {
  const before = data([entry("a"), entry("b", { lastMessage: message(5) })], [entry("c")]);

  test("has each room once, even if it moved between pages", () => {
    expect(order(data([entry("a"), entry("b")], [entry("b"), entry("c")]))).toBe("abc");
  });

  test("moves an active room to the top", () => {
    const active = roomActive(before, { type: "ROOM_ACTIVITY", roomId: "c", head: 8, unread: 3 });
    expect(order(active)).toBe("cab");
    expect(room(active, "c")).toMatchObject({ head: 8, unread: 3 });
    expect(roomActive(active, { type: "ROOM_ACTIVITY", roomId: "c", head: 7, unread: 2 })).toBe(active);
    expect(roomActive(before, { type: "ROOM_ACTIVITY", roomId: "z", head: 7, unread: 2 })).toBe(before);
  });

  test("counts unread messages of other users once", () => {
    const one = roomMessage(before, message(6, { mentions: ["alice"] }), "alice");
    expect(order(one)).toBe("bac");
    expect(room(one, "b")).toMatchObject({ head: 6, unread: 1, mentions: 1, lastMessage: { id: "m6" } });
    expect(roomMessage(one, message(6, { mentions: ["alice"] }), "alice")).toBe(one);
    const own = roomMessage(one, message(7, { senderId: "alice" }), "alice");
    expect(room(own, "b")).toMatchObject({ head: 7, unread: 1, lastMessage: { id: "m7" } });
    const system = roomMessage(own, message(8, { kind: "system" }), "alice");
    expect(room(system, "b")).toMatchObject({ unread: 1 });
    expect(room(roomRead(system, "b", 8), "b")).toMatchObject({ readSeq: 8, unread: 0, mentions: 0 });
    expect(room(roomRead(system, "b", 6), "b")).toMatchObject({ readSeq: 6, unread: 1 });
  });

  test("updates the last message without moving the room", () => {
    const edited = roomMessage(before, message(5, { rev: 9, text: "edited" }), "alice");
    expect(order(edited)).toBe("abc");
    expect(room(edited, "b")).toMatchObject({ head: 9, unread: 0, lastMessage: { text: "edited" } });
    const older = roomMessage(edited, message(2, { rev: 10 }), "alice");
    expect(room(older, "b")).toMatchObject({ head: 10, lastMessage: { text: "edited" } });
  });

  test("follows changes and removals of a room", () => {
    const { role: _, ...info } = entry("a", { name: "Tea" });
    expect(room(roomChanged(before, info), "a")).toMatchObject({ name: "Tea", role: "member", unread: 0 });
    expect(order(roomGone(before, "a"))).toBe("bc");
    expect(roomGone(before, "z")).toBe(before);
  });
});
