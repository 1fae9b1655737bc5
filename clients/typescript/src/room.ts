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

/** The parts of the client that a room needs. */
export interface RoomHost {
  readonly connection: Connection;
  readonly settings: Settings;
  readonly rest: RestApi;
  readonly outbox: Outbox;
  readonly userId: string | undefined;
}

/** The delay before a released room is left, so that quick navigation does not leave and rejoin it. */
const RELEASE_MS = 2_000;

/** A room of a client. `ChatClient.room` returns one object per room id. */
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

  /** The position up to which the log is complete; 0 before the first join. */
  get through(): number {
    return this.#sync.through;
  }

  /** The user's own read marker. */
  get readSeq(): number {
    return this.#marker.seq;
  }

  /** The other users who are typing. */
  get typing(): readonly string[] {
    return this.#typing.users;
  }

  /** Joins the room and keeps it joined over lost connections, until {@link leave}. */
  join(options: { history?: number } = {}): Promise<JoinedEvent> {
    return new Promise((resolve, reject) => {
      const ends = [
        this.on("joined", (joined) => settle(() => resolve(joined))),
        this.on("state", (state) => {
          if (state.status === "joined" || state.status === "joining") return;
          const code = state.status === "failed" ? state.code : "NOT_JOINED";
          const reason = "reason" in state ? state.reason : "left before the join was complete";
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

  /** Stops receiving the room's events. The user stays a member: to end that, use `rest.leaveRoom`. */
  leave(): Promise<void> {
    this.#ownTyping.stop();
    this.#typing.clear();
    return this.#sync.leave();
  }

  /** Joins the room with a reference count. The room is left once every caller has released it. */
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

  /** Adds a message to the outbox, which sends it as soon as possible, exactly once and in order. */
  send(draft: Draft | string): OutboxItem {
    this.#ownTyping.stop();
    return this.host.outbox.add(this.id, typeof draft === "string" ? { text: draft } : draft);
  }

  edit(messageId: string, text: string): Promise<void> {
    return this.#do({ type: "EDIT_MESSAGE", roomId: this.id, messageId, text });
  }

  /** Deletes a message for everyone, leaving a tombstone. With `forMe`, hides it from this user only. */
  delete(messageId: string, options: { forMe?: boolean } = {}): Promise<void> {
    return this.#do({ type: "DELETE_MESSAGE", roomId: this.id, messageId, ...options });
  }

  react(messageId: string, emoji: string): Promise<void> {
    return this.#do({ type: "ADD_REACTION", roomId: this.id, messageId, emoji });
  }

  unreact(messageId: string, emoji: string): Promise<void> {
    return this.#do({ type: "REMOVE_REACTION", roomId: this.id, messageId, emoji });
  }

  /** Moves the read marker of the room or a thread forward. Frequent calls are combined. */
  markRead(seq: number, options: { threadId?: string } = {}): void {
    const { threadId } = options;
    if (threadId === undefined) return this.#marker.move(seq);
    const command = { type: "MARK_READ", roomId: this.id, seq, threadId } as const;
    // Markers only move forward, so the next call makes up for a failed one.
    this.host.connection.request(command, () => {});
  }

  /** Call on each key press. Notifies the other users at intervals. Never queued. */
  keystroke(): void {
    this.#ownTyping.keystroke();
  }

  /** Call when the text was sent or cleared. */
  stopTyping(): void {
    this.#ownTyping.stop();
  }

  on<E extends keyof RoomEvents>(event: E, listener: (event: RoomEvents[E]) => void): Unsubscribe {
    return this.#events.on(event, listener);
  }

  /** @internal Handles a new connection. */
  up(): void {
    this.#sync.up();
  }

  /** @internal Handles a lost connection. */
  down(): void {
    this.#typing.clear();
    this.#ownTyping.forget();
    this.#sync.down();
  }

  /** @internal Handles a dropped frame that may belong to this room. */
  malformed(): void {
    this.#sync.malformed();
  }

  /** @internal Handles an event of this room. */
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
