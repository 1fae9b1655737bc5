import { clientAddress } from "./client-address.js";
import { Connection } from "./connection.js";
import type { ConnectionState } from "./connection-state.js";
import { Emitter } from "./emitter.js";
import { ChatError } from "./errors.js";
import type { ClientEvents, ServerEvent, Unsubscribe } from "./events.js";
import type { Event, HelloEvent, HelloLimits } from "./generated/wire.js";
import type { ChatClientOptions } from "./options.js";
import { Outbox } from "./outbox/outbox.js";
import { defaultStorage } from "./outbox/web-storage.js";
import { Http } from "./rest/http.js";
import { RestApi } from "./rest/index.js";
import { Room } from "./room.js";
import { settings } from "./settings.js";

/** A user's connection to a chat server. It reconnects until it is closed. */
export class ChatClient {
  /** The REST API, with the same tokens. */
  readonly rest: RestApi;
  /** Messages that wait to be sent. */
  readonly outbox: Outbox;
  readonly #events = new Emitter<ClientEvents>();
  readonly #connection: Connection;
  readonly #rooms = new Map<string, Room>();
  readonly #room: (roomId: string) => Room;
  #userId: string | undefined;
  #limits: HelloLimits | undefined;
  #malformed = 0;

  /** `url` is where the chat is mounted, such as `https://example.com/chat` or, in a browser, `/chat`. */
  constructor(url: string, options: ChatClientOptions) {
    const all = settings(options);
    const address = clientAddress(url);
    const storage = options.outboxStorage === undefined ? defaultStorage() : options.outboxStorage;
    this.rest = new RestApi(new Http(address.http, all));
    this.#connection = new Connection(address.socket, all, {
      state: (state) => this.#events.emit("state", state),
      up: (hello) => this.#up(hello),
      down: () => this.#eachRoom((room) => room.down()),
      event: (event) => this.#event(event),
      malformed: (frame, error) => {
        this.#malformed += 1;
        this.#events.emit("malformed", { frame, error, count: this.#malformed });
        const roomId = roomOfMalformed(frame);
        this.#eachRoom((room) => {
          if (roomId === undefined || roomId === room.id) room.malformed();
        });
      },
    });
    this.outbox = new Outbox(
      this.#connection,
      all,
      {
        changed: (item, removed) => this.#events.emit("outbox", { item, removed }),
        storageFailed: (error) => this.#events.emit("storageFailed", { error }),
      },
      storage ?? undefined,
    );
    const self = this;
    const host = {
      connection: this.#connection,
      settings: all,
      rest: this.rest,
      outbox: this.outbox,
      get userId() {
        return self.#userId;
      },
    };
    this.#room = (roomId) => new Room(roomId, host);
    if (options.userId !== undefined) this.#is(options.userId);
  }

  get state(): ConnectionState {
    return this.#connection.state;
  }

  /** The user's id, from the options or from the first connection. */
  get userId(): string | undefined {
    return this.#userId;
  }

  /** The server's limits, known after the first connection. */
  get limits(): HelloLimits | undefined {
    return this.#limits;
  }

  /** The number of malformed frames that were dropped. */
  get malformedFrames(): number {
    return this.#malformed;
  }

  /** Connects, and reconnects as needed. Does nothing if already connecting or connected. */
  connect(): void {
    this.#connection.open();
  }

  /** Resolves when the state is `connected`, rejects when it is `closed`. */
  whenConnected(): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = (state: ConnectionState): boolean => {
        if (state.status === "connected") resolve();
        else if (state.status === "closed") {
          reject(new ChatError("DISCONNECTED", `closed: ${state.code} ${state.reason}`));
        } else return false;
        return true;
      };
      if (look(this.state)) return;
      const end = this.on("state", (state) => {
        if (look(state)) end();
      });
    });
  }

  /** Closes the connection. Rooms and outbox stay for the next `connect()`. */
  disconnect(): void {
    this.#connection.close();
  }

  /** Reconnects now instead of at `retryAt`. */
  retryNow(): void {
    this.#connection.retryNow();
  }

  room(roomId: string): Room {
    let room = this.#rooms.get(roomId);
    if (!room) {
      room = this.#room(roomId);
      this.#rooms.set(roomId, room);
    }
    return room;
  }

  on<E extends keyof ClientEvents>(event: E, listener: (event: ClientEvents[E]) => void): Unsubscribe {
    return this.#events.on(event, listener);
  }

  #up(hello: HelloEvent): void {
    this.#limits = hello.limits;
    this.#is(hello.userId);
    this.#eachRoom((room) => room.up());
    this.outbox.up(hello.limits);
  }

  #is(userId: string): void {
    this.#userId = userId;
    this.outbox.open(userId);
  }

  #event(event: ServerEvent): void {
    if (event.type === "unknown") this.#events.emit("unknown", event);
    else {
      // The room and the outbox first, so that listeners see their updated state.
      if (event.type === "MESSAGE_ACK") this.outbox.acknowledged(event);
      const roomId = roomOf(event);
      if (roomId !== undefined) this.#rooms.get(roomId)?.heard(event);
      this.#events.emit(event.type, event as never);
    }
    this.#events.emit("event", event);
  }

  #eachRoom(call: (room: Room) => void): void {
    for (const room of [...this.#rooms.values()]) call(room);
  }
}

function roomOf(event: Event): string | undefined {
  if (event.type === "ROOM_ADDED") return event.room.id;
  return "roomId" in event ? event.roomId : undefined;
}

/** Returns the room of a malformed event, if that can be read. */
function roomOfMalformed(frame: unknown): string | undefined {
  try {
    const event = JSON.parse(String(frame)) as { roomId?: unknown } | null;
    return typeof event?.roomId === "string" ? event.roomId : undefined;
  } catch {
    return undefined;
  }
}
