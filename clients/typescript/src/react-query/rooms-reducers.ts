import type { InfiniteData } from "@tanstack/react-query";
import type { Message, Room as RoomInfo, RoomActivityEvent } from "../generated/wire.js";
import type { RoomEntry, RestSchemas } from "../rest/index.js";

/** The room list in the cache. */
export type RoomsData = InfiniteData<RestSchemas["RoomList"]>;

/** Returns each room once. A room that moved up between two page reads is in both pages. */
export function roomEntries(data: RoomsData | undefined): RoomEntry[] {
  const seen = new Map<string, RoomEntry>();
  for (const entry of data?.pages.flatMap((page) => page.rooms) ?? []) {
    if (!seen.has(entry.id)) seen.set(entry.id, entry);
  }
  return [...seen.values()];
}

/** Handles activity in a room that is not joined. */
export function roomActive(data: RoomsData, { roomId, head, unread }: RoomActivityEvent): RoomsData {
  return onTop(data, roomId, (entry) => (head < entry.head ? entry : { ...entry, head, unread }));
}

/** Handles a new or changed message in a joined room. */
export function roomMessage(data: RoomsData, message: Message, userId: string | undefined): RoomsData {
  const entry = roomEntries(data).find(({ id }) => id === message.roomId);
  if (!entry) return data;
  const { lastMessage: last } = entry;
  const isLast = last?.id === message.id;
  if (message.rev <= (isLast ? last.rev : entry.head)) return data;
  const head = Math.max(entry.head, message.rev);
  if (message.seq <= (last?.seq ?? 0)) {
    return onEntry(data, entry.id, (old) => ({ ...old, head, ...(isLast ? { lastMessage: message } : {}) }));
  }
  const counts = message.kind === "user" && message.senderId !== userId && message.seq > entry.readSeq;
  const mentioned = counts && userId !== undefined && message.mentions?.includes(userId);
  return onTop(data, entry.id, (old) => ({
    ...old,
    head,
    lastMessage: message,
    unread: old.unread + (counts ? 1 : 0),
    mentions: old.mentions + (mentioned ? 1 : 0),
  }));
}

/** Handles a move of the user's own marker. Clears the counts only if all is read; otherwise refetch. */
export function roomRead(data: RoomsData, roomId: string, seq: number): RoomsData {
  return onEntry(data, roomId, (entry) => {
    if (seq <= entry.readSeq) return entry;
    const all = seq >= (entry.lastMessage?.seq ?? 0);
    return { ...entry, readSeq: seq, ...(all ? { unread: 0, mentions: 0 } : {}) };
  });
}

export function roomChanged(data: RoomsData, info: RoomInfo): RoomsData {
  return onEntry(data, info.id, (entry) => ({ ...entry, ...info }));
}

export function roomGone(data: RoomsData, roomId: string): RoomsData {
  if (!roomEntries(data).some(({ id }) => id === roomId)) return data;
  return {
    ...data,
    pages: data.pages.map((page) => ({ ...page, rooms: page.rooms.filter(({ id }) => id !== roomId) })),
  };
}

function onEntry(data: RoomsData, roomId: string, change: (entry: RoomEntry) => RoomEntry): RoomsData {
  let changed = false;
  const pages = data.pages.map((page) => ({
    ...page,
    rooms: page.rooms.map((entry) => {
      if (entry.id !== roomId) return entry;
      const next = change(entry);
      changed ||= next !== entry;
      return next;
    }),
  }));
  return changed ? { ...data, pages } : data;
}

/** Moves a room to the top, as the list is sorted by latest activity. */
function onTop(data: RoomsData, roomId: string, change: (entry: RoomEntry) => RoomEntry): RoomsData {
  const entry = roomEntries(data).find(({ id }) => id === roomId);
  if (!entry) return data;
  const next = change(entry);
  if (next === entry) return data;
  const [first, ...rest] = roomGone(data, roomId).pages;
  return first ? { ...data, pages: [{ ...first, rooms: [next, ...first.rooms] }, ...rest] } : data;
}
