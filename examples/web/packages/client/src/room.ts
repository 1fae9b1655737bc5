import type { Connection } from "./connection.js";
import { Emitter } from "./emitter.js";
import { ChatError } from "./errors.js";
import type { Event, RoomJoinedEvent } from "./generated/wire.js";
import type { Unsubscribe } from "./events.js";
import type { Draft, OutboxItem } from "./outbox/item.js";
import type { Outbox } from "./outbox/outbox.js";
import { OwnTyping } from "./own-typing.js";
import { OwnReadMarker } from "./read-marker.js";
import type { RestApi } from "./rest/index.js";
import type { JoinedEvent, RoomEvents, RoomState } from "./room-events.js";
import { RoomSync } from "./room-sync.js";
import type { Settings } from "./settings.js";
import { TypingUsers } from "./typing-users.js";

/** What a room needs of its client. */
export interface RoomHost {
  readonly connection: Connection;
  readonly settings: Settings;
  readonly rest: RestApi;
  readonly outbox: Outbox;
  readonly userId: string | undefined;
}

/** How long a room that nobody retains is kept: a page that changes its mind does not leave and join. */
const RELEASE_MS = 2_000;

/** A room, as this connection hears it. Got from `ChatClient.room`; one object per room id. */
export class Room {
  readonly #events = new Emitter<RoomEvents>();
  readonly #sync: RoomSync;
  readonly #typing: TypingUsers;
  readonly #ownTyping: OwnTyping;
  readonly #marker: OwnReadMarker;
  #retained = 0;

  /** @internal */
  constructor(
    readonly id: string,
    private readonly host: RoomHost,
  ) {
    const { connection, settings } = host;
    this.#sync = new RoomSync(id, host, {
      state: (state) => this.#events.emit("state", state),
      joined: (joined, answer) => this.#joined(joined, answer),
      changes: (changes) => {
        host.outbox.confirmFrom(changes.changes);
        for (const change of changes.changes) {
          if (change.kind === "message" && change.message.senderId !== undefined) {
            this.#typing.set(change.message.senderId, false);
          }
        }
        this.#events.emit("changes", changes);
      },
    });
    this.#typing = new TypingUsers(settings.clock, (users) => this.#events.emit("typing", users));
    this.#ownTyping = new OwnTyping(
      settings.clock,
      (typing) =>
        this.#sync.state.status === "joined" && connection.send({ type: "TYPING", roomId: id, typing }),
    );
    this.#marker = new OwnReadMarker(
      settings.clock,
      (seq, done) =>
        connection.request({ type: "MARK_READ", roomId: id, seq }, (answer) =>
          done(answer instanceof ChatError ? answer : undefined),
        ),
      (seq) => this.#events.emit("read", { seq }),
    );
  }

  get state(): RoomState {
    return this.#sync.state;
  }

  /** The log is known through this position; 0 before the first join. */
  get through(): number {
    return this.#sync.through;
  }

  /** The user's own read marker. */
  get readSeq(): number {
    return this.#marker.seq;
  }

  /** Who else is typing. */
  get typing(): readonly string[] {
    return this.#typing.users;
  }

  /** Hears the room from now on, over every loss of the connection, until {@link leave}. */
  join(options: { history?: number } = {}): Promise<JoinedEvent> {
    return new Promise((resolve, reject) => {
      const ends = [
        this.on("joined", (joined) => settle(() => resolve(joined))),
        this.on("state", (state) => {
          if (state.status === "joined" || state.status === "joining") return;
          const code = state.status === "failed" ? state.code : "NOT_JOINED";
          const reason = "reason" in state ? state.reason : "left before it was joined";
          settle(() => reject(new ChatError(code, reason)));
        }),
      ];
      const settle = (how: () => void): void => {
        for (const end of ends) end();
        how();
      };
      const there = this.#sync.want(options.history);
      if (there) settle(() => resolve(there));
    });
  }

  /** Hears it no more. Membership stays: to give that up, `rest.leaveRoom`. */
  leave(): Promise<void> {
    this.#ownTyping.stop();
    this.#typing.clear();
    return this.#sync.leave();
  }

  /** {@link join}, counted: the room is left when everyone who retained it has released it. */
  retain(options: { history?: number } = {}): Unsubscribe {
    this.#retained += 1;
    this.#sync.want(options.history);
    let released = false;
    return () => {
      if (released) return;
      released = true;
      this.#retained -= 1;
      this.host.settings.clock.after(RELEASE_MS, () => {
        if (this.#retained === 0 && this.#sync.wanted) void this.leave();
      });
    };
  }

  /** Puts a message into the outbox: it is sent as soon as that is possible, once, in order. */
  send(draft: Draft | string): OutboxItem {
    this.#ownTyping.stop();
    return this.host.outbox.add(this.id, typeof draft === "string" ? { text: draft } : draft);
  }

  edit(messageId: string, text: string): Promise<void> {
    return this.#do({ type: "EDIT_MESSAGE", roomId: this.id, messageId, text });
  }

  /** For everyone: it becomes a tombstone; `forMe`: only this user sees it no more. */
  delete(messageId: string, options: { forMe?: boolean } = {}): Promise<void> {
    return this.#do({ type: "DELETE_MESSAGE", roomId: this.id, messageId, ...options });
  }

  react(messageId: string, emoji: string): Promise<void> {
    return this.#do({ type: "ADD_REACTION", roomId: this.id, messageId, emoji });
  }

  unreact(messageId: string, emoji: string): Promise<void> {
    return this.#do({ type: "REMOVE_REACTION", roomId: this.id, messageId, emoji });
  }

  /** Moves the read marker forward, or that of a thread; many calls become few commands. */
  markRead(seq: number, options: { threadId?: string } = {}): void {
    const { threadId } = options;
    if (threadId === undefined) return this.#marker.move(seq);
    const command = { type: "MARK_READ", roomId: this.id, seq, threadId } as const;
    // The next call makes good for one that failed: markers only move forward.
    this.host.connection.request(command, () => {});
  }

  /** To call upon each key; tells the others now and then. Never queued. */
  keystroke(): void {
    this.#ownTyping.keystroke();
  }

  /** The text was sent or cleared. */
  stopTyping(): void {
    this.#ownTyping.stop();
  }

  on<E extends keyof RoomEvents>(event: E, listener: (event: RoomEvents[E]) => void): Unsubscribe {
    return this.#events.on(event, listener);
  }

  /** @internal The connection is up. */
  up(): void {
    this.#sync.up();
  }

  /** @internal The connection is gone. */
  down(): void {
    this.#typing.clear();
    this.#ownTyping.forget();
    this.#sync.down();
  }

  /** @internal A frame was dropped; it may have been of this room. */
  malformed(): void {
    this.#sync.malformed();
  }

  /** @internal An event of this room. */
  heard(event: Event): void {
    switch (event.type) {
      case "TYPING":
        if (event.userId !== this.host.userId) {
          this.#typing.set(event.userId, event.typing, event.expiresInMs);
        }
        break;
      case "READ_RECEIPT":
        if (event.userId === this.host.userId) this.#marker.heard(event.seq);
        this.#events.emit("receipt", event);
        break;
      case "OCCUPANCY":
        this.#events.emit("occupancy", event);
        break;
      case "MEMBER_JOINED":
      case "MEMBER_UPDATED":
      case "MEMBER_LEFT":
        this.#member(event);
        break;
      case "ROOM_UPDATED":
        if (event.room) this.#events.emit("info", event.room);
        break;
      default:
        break;
    }
    this.#sync.heard(event);
  }

  #joined(joined: JoinedEvent, answer: RoomJoinedEvent): void {
    if (joined.again && !joined.recovered) this.#marker.reset(answer.readSeq);
    else this.#marker.heard(answer.readSeq);
    this.host.outbox.confirmFrom(
      joined.messages.map((message) => ({ kind: "message", rev: message.rev, message })),
    );
    this.#events.emit("joined", joined);
    this.#marker.flush();
  }

  #member(event: Extract<Event, { type: "MEMBER_JOINED" | "MEMBER_UPDATED" | "MEMBER_LEFT" }>): void {
    const { userId } = event;
    if (event.type === "MEMBER_LEFT") {
      this.#typing.set(userId, false);
      this.#events.emit("member", { change: "left", userId, reason: event.reason });
      return;
    }
    if (userId === this.host.userId) this.#sync.role(event.role);
    const change = event.type === "MEMBER_JOINED" ? "joined" : "updated";
    this.#events.emit("member", { change, userId, role: event.role });
  }

  #do(command: Parameters<Connection["request"]>[0]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.host.connection.request(command, (answer) => {
        if (answer instanceof ChatError) reject(answer);
        else resolve();
      });
    });
  }
}
