import type { InfiniteData } from "@tanstack/react-query";
import type { ReactElement, ReactNode } from "react";
import type { ChatClient } from "../client.js";
import type { ConnectionState } from "../connection-state.js";
import type { ChatError } from "../errors.js";
import type { Message, OccupancyEvent, Role, Room as RoomInfo } from "../generated/wire.js";
import type { Draft, OutboxItem } from "../outbox/item.js";
import type { Member, NewRoom, Presence, RoomEntry } from "../rest/index.js";
import type { LogChange, RoomState } from "../room-events.js";
import type { Room } from "../room.js";
import type { MessageRow, MessagesPage } from "./rows.js";

export type { LocalState, MessageRow, MessagesPage } from "./rows.js";

/** Messages in the cache: pages ascending, the oldest first. */
export type MessagesData = InfiniteData<MessagesPage>;

// Reducers: pure; what is unchanged keeps its identity.
export declare function appendPending(data: MessagesData, item: OutboxItem, userId: string): MessagesData;
export declare function confirmPending(data: MessagesData, item: OutboxItem): MessagesData;
export declare function failPending(data: MessagesData, item: OutboxItem): MessagesData;
export declare function dropPending(data: MessagesData, clientMessageId: string): MessagesData;
export declare function applyChange(data: MessagesData, change: LogChange): MessagesData;
/** A key that stays the same from the optimistic row to the confirmed one. */
export declare function rowKey(row: MessageRow): string;

/** The keys under which all of this is in the query cache. */
export declare const chatKeys: {
  all: readonly ["chat"];
  rooms: () => readonly unknown[];
  room: (roomId: string) => readonly unknown[];
  messages: (roomId: string, around?: string | number) => readonly unknown[];
  thread: (roomId: string, rootId: string) => readonly unknown[];
  members: (roomId: string) => readonly unknown[];
  reads: (roomId: string) => readonly unknown[];
  pins: (roomId: string) => readonly unknown[];
  presence: (userId: string) => readonly unknown[];
  search: (query: object) => readonly unknown[];
};

/** Gives the client to the hooks and feeds the query cache from it. Inside a `QueryClientProvider`. */
export declare function ChatProvider(props: { client: ChatClient; children?: ReactNode }): ReactElement;
export declare function useChatClient(): ChatClient;

/** The state of the connection, and how to try again at once. */
export declare function useConnection(): { state: ConnectionState; retryNow: () => void };

interface Paged {
  error: ChatError | null;
  isPending: boolean;
}

/** Own rooms by latest activity, live: order, unread counts, last message, rooms added and removed. */
export declare function useRooms(): Paged & {
  rooms: readonly RoomEntry[];
  hasMore: boolean;
  isLoadingMore: boolean;
  loadMore: () => void;
};

/** Hears a room while mounted. `resets` counts how often it had to begin anew (`recovered: false`). */
export declare function useRoom(roomId: string): Paged & {
  room: Room;
  state: RoomState;
  info: RoomInfo | undefined;
  role: Role | undefined;
  /** The own read marker now, and as it was when the room was opened: where the divider stands. */
  readSeq: number;
  occupancy: OccupancyEvent | undefined;
  resets: number;
};

/** The messages of a room: history as far as loaded, live changes, and what is in the outbox. */
export declare function useMessages(
  roomId: string,
  options?: {
    /** Begin around a message, by id or seq, instead of at the newest. */
    around?: string | number;
    pageSize?: number;
    /** Each message that was just created by someone, as it comes: for an announcer, a sound. */
    onLive?: (message: Message) => void;
  },
): Paged & {
  messages: readonly MessageRow[];
  hasOlder: boolean;
  isLoadingOlder: boolean;
  loadOlder: () => void;
  /** `false` while the newest are shown, and live ones with them. */
  hasNewer: boolean;
  isLoadingNewer: boolean;
  loadNewer: () => void;
};

/** A thread: its root, and its replies as `useMessages` gives messages. */
export declare function useThread(
  roomId: string,
  rootId: string,
): Paged & {
  root: Message | undefined;
  messages: readonly MessageRow[];
  readSeq: number;
  hasOlder: boolean;
  isLoadingOlder: boolean;
  loadOlder: () => void;
};

export declare function useSendMessage(roomId: string): {
  /** Shows the message at once, sends it when that is possible. */
  send: (draft: Draft | string) => OutboxItem;
  retry: (clientMessageId: string) => void;
  cancel: (clientMessageId: string) => boolean;
};

/** Changes to messages; each shows when the server has accepted it. */
export declare function useMessageActions(roomId: string): {
  edit: (messageId: string, text: string) => Promise<void>;
  remove: (messageId: string, options?: { forMe?: boolean }) => Promise<void>;
  toggleReaction: (message: Message, emoji: string) => Promise<void>;
  pin: (messageId: string) => Promise<void>;
  unpin: (messageId: string) => Promise<void>;
};

export declare function useTyping(roomId: string): {
  /** Who else is typing. */
  users: readonly string[];
  keystroke: () => void;
  stop: () => void;
};

/** Whether users are online, live; whom one shares no room with is not in it. */
export declare function usePresence(userIds: readonly string[]): ReadonlyMap<string, Presence>;

export declare function useMembers(roomId: string): Paged & {
  members: readonly Member[];
  hasMore: boolean;
  loadMore: () => void;
};

/** How far each member has read, live. */
export declare function useReads(roomId: string): ReadonlyMap<string, number>;
/** Moves the own read marker; safe to call often. */
export declare function useMarkRead(roomId: string): (seq: number) => void;
export declare function usePins(roomId: string): Paged & { messages: readonly Message[] };
export declare function useSearch(query: { q: string; roomId?: string; senderId?: string }): Paged & {
  messages: readonly Message[];
  hasMore: boolean;
  loadMore: () => void;
};
/** Unread messages over all rooms, and in how many of them one is mentioned. */
export declare function useUnread(): { unread: number; mentions: number; rooms: number };

/** What one does with rooms; the list follows. */
export declare function useRoomActions(): {
  create: (room: NewRoom) => Promise<RoomInfo>;
  join: (roomId: string) => Promise<void>;
  leave: (roomId: string) => Promise<void>;
  rename: (roomId: string, name: string) => Promise<RoomInfo>;
  remove: (roomId: string) => Promise<void>;
};
