import type { QueryClient } from "@tanstack/react-query";
import type { ChatClient } from "../client.js";
import type { Unsubscribe } from "../events.js";
import type { Room as RoomInfo } from "../generated/wire.js";
import type { LogChange } from "../room-events.js";
import { chatKeys } from "./keys.js";
import { PresenceWatch } from "./presence.js";
import { RoomFeed } from "./room-feed.js";
import {
  type RoomsData,
  roomActive,
  roomChanged,
  roomEntries,
  roomGone,
  roomMessage,
  roomRead,
} from "./rooms-reducers.js";
import { Throttle } from "./throttle.js";

/** The minimum interval of refetches, for data that events do not contain completely. */
const REFETCH_MS = 2_000;

/** Updates the query cache from the client's events while the provider is mounted. */
export class ChatFeed {
  readonly presence: PresenceWatch;
  readonly #rooms = new Map<string, RoomFeed>();
  readonly #throttles = new Map<string, Throttle>();
  readonly #resets = new Map<string, number>();
  readonly #listeners = new Set<() => void>();
  #ends: Unsubscribe[] = [];

  constructor(
    readonly client: ChatClient,
    readonly queries: QueryClient,
  ) {
    this.presence = new PresenceWatch(client);
  }

  /** Starts the feed and returns a function that stops it. The feed can be started again. */
  open(): Unsubscribe {
    const { client } = this;
    let wasConnected = client.state.status === "connected";
    this.#ends.push(
      this.presence.open(),
      client.on("state", ({ status }) => {
        // Catches up on events missed while disconnected.
        if (status === "connected" && wasConnected) this.#refetchLists();
        wasConnected ||= status === "connected";
      }),
      client.on("ROOM_ACTIVITY", (activity) => {
        const known = this.#isListed(activity.roomId);
        this.#reduceRooms((data) => roomActive(data, activity));
        // The event has no message text. An unlisted room is on a later page, or new.
        if (!known || !this.#isJoined(activity.roomId)) this.#refetch(chatKeys.rooms());
        this.#refetch(chatKeys.unread());
      }),
      client.on("ROOM_ADDED", () => this.#refetchLists()),
      client.on("ROOM_REMOVED", ({ roomId }) => {
        this.#reduceRooms((data) => roomGone(data, roomId));
        this.#refetch(chatKeys.unread());
      }),
    );
    return () => {
      for (const end of this.#ends) end();
      this.#ends = [];
      for (const feed of this.#rooms.values()) feed.close();
      for (const throttle of this.#throttles.values()) throttle.close();
      this.#rooms.clear();
      this.#throttles.clear();
    };
  }

  /** Returns the feed of a room. The first call subscribes, so do not call it while rendering. */
  room(roomId: string): RoomFeed {
    let feed = this.#rooms.get(roomId);
    if (!feed) {
      feed = new RoomFeed(this.client, this.queries, roomId, () => this.#beganAnew(roomId));
      this.#rooms.set(roomId, feed);
      this.#follow(feed);
    }
    return feed;
  }

  /** The number of times that a room's log has been reset. */
  resets(roomId: string): number {
    return this.#resets.get(roomId) ?? 0;
  }

  /** Calls the listener when a room's log is reset. */
  onReset(listener: () => void): Unsubscribe {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #follow({ room, roomId }: RoomFeed): void {
    const ends = [
      // Joining a public room makes the user a member, without an event.
      room.on("joined", () => {
        if (!this.#isListed(roomId)) this.#refetch(chatKeys.rooms());
      }),
      room.on("changes", ({ changes }) => {
        for (const change of changes) this.#changed(roomId, change);
      }),
      room.on("read", ({ seq }) => {
        this.#reduceRooms((data) => roomRead(data, roomId, seq));
        this.#refetch(chatKeys.unread());
        if (this.#entry(roomId)?.unread) this.#refetch(chatKeys.rooms());
      }),
      room.on("receipt", ({ userId, seq }) => {
        this.queries.setQueryData<ReadonlyMap<string, number>>(chatKeys.reads(roomId), (reads) =>
          reads && seq > (reads.get(userId) ?? 0) ? new Map(reads).set(userId, seq) : reads,
        );
      }),
      room.on("member", () => {
        this.#refetch(chatKeys.members(roomId));
        this.#refetch(chatKeys.room(roomId));
      }),
      room.on("info", (info) => {
        this.queries.setQueryData<RoomInfo>(chatKeys.room(roomId), info);
        this.#reduceRooms((data) => roomChanged(data, info));
      }),
    ];
    this.#ends.push(() => {
      for (const end of ends) end();
    });
  }

  #changed(roomId: string, change: LogChange): void {
    if (change.kind === "message") {
      const { message } = change;
      this.#reduceRooms((data) => roomMessage(data, message, this.client.userId));
      if (message.seq === message.rev) this.#refetch(chatKeys.unread());
      const pins = this.queries.getQueryData<{ id: string }[]>(chatKeys.pins(roomId));
      if (pins && (message.pinnedAt != null || pins.some(({ id }) => id === message.id))) {
        this.#refetch(chatKeys.pins(roomId));
      }
    } else if (change.messageId !== undefined) {
      const { messageId } = change;
      if (this.#entry(roomId)?.lastMessage?.id === messageId) this.#refetch(chatKeys.rooms());
      this.#refetch(chatKeys.pins(roomId));
    }
  }

  #refetchLists(): void {
    this.#refetch(chatKeys.rooms());
    this.#refetch(chatKeys.unread());
  }

  #beganAnew(roomId: string): void {
    this.#resets.set(roomId, this.resets(roomId) + 1);
    // Read markers of the old log do not apply to the new one.
    void this.queries.resetQueries({ queryKey: chatKeys.reads(roomId) });
    for (const key of [chatKeys.room, chatKeys.members, chatKeys.pins]) {
      this.#refetch(key(roomId));
    }
    this.#refetchLists();
    for (const listener of [...this.#listeners]) listener();
  }

  #refetch(queryKey: readonly unknown[]): void {
    const name = JSON.stringify(queryKey);
    let throttle = this.#throttles.get(name);
    if (!throttle) {
      throttle = new Throttle(REFETCH_MS, () => void this.#readAnew(queryKey));
      this.#throttles.set(name, throttle);
    }
    throttle.ask();
  }

  /** Cancels a pending first read, as it may have started before the change, then reads again. */
  async #readAnew(queryKey: readonly unknown[]): Promise<void> {
    await this.queries.cancelQueries({ queryKey });
    await this.queries.invalidateQueries({ queryKey });
  }

  #reduceRooms(reduce: (data: RoomsData) => RoomsData): void {
    const data = this.queries.getQueryData<RoomsData>(chatKeys.rooms());
    if (!data) return;
    const next = reduce(data);
    if (next !== data) this.queries.setQueryData(chatKeys.rooms(), next);
  }

  #entry(roomId: string) {
    const data = this.queries.getQueryData<RoomsData>(chatKeys.rooms());
    return roomEntries(data).find(({ id }) => id === roomId);
  }

  #isListed(roomId: string): boolean {
    return this.#entry(roomId) !== undefined;
  }

  #isJoined(roomId: string): boolean {
    return this.#rooms.get(roomId)?.room.state.status === "joined";
  }
}
