import type { Command, Event, Message, WebSocketConstructor } from "../../src/index.js";
import type { FakeClock } from "./clock.js";
import { FakeSocket } from "./socket.js";

/**
 * The fate of a frame to the client. `lost`: it arrives malformed, as a stream cannot lose a frame in
 * another way. `late`: the next frame overtakes it, as an event can overtake an acknowledgement. `cut`: the
 * connection ends.
 */
export type Fate = "arrives" | "twice" | "lost" | "late" | "cut";

const ROOM = "tea";
const ids = (place: number): string => `00000000-0000-7000-8000-${String(place).padStart(12, "0")}`;

/** Returns true if frames may be reordered. The engine sends later events only after the join's answer. */
function mayChangePlaces(frame: string | undefined): boolean {
  return frame !== undefined && !/"type":"(HELLO|ROOM_JOINED|ROOM_SYNC)"/.test(frame);
}

class Link extends FakeSocket {
  server!: FakeServer;
  joined = false;
  readonly queue: string[] = [];

  override send(frame: string): void {
    super.send(frame);
    if (!this.closed) this.server.inbound.push({ link: this, command: JSON.parse(frame) as Command });
  }

  override close(): void {
    super.close();
    this.server.links.delete(this);
  }
}

/** A server with one room, whose log assigns the next position to each change. */
export class FakeServer {
  readonly links = new Set<Link>();
  readonly inbound: { link: Link; command: Command }[] = [];
  /** All messages in their latest state, in the order of creation. */
  log: Message[] = [];
  hidden = new Set<string>();
  head = 0;
  epoch = ids(1);
  fates: Fate[] = [];
  /** `true` for each upcoming send that the server rejects temporarily. */
  refusals: boolean[] = [];
  #responses: (() => void)[] = [];
  /** Alice's `clientMessageId`s, in the order in which they became durable. */
  readonly durable: string[] = [];

  constructor(private readonly clock: FakeClock) {}

  get WebSocket(): WebSocketConstructor {
    const server = this;
    return class extends Link {
      constructor(url: string, protocols: string[]) {
        super(url, protocols);
        this.server = server;
        server.links.add(this);
        server.#say(this, {
          type: "HELLO",
          userId: "alice",
          connectionId: ids(2),
          nodeId: ids(3),
          heartbeatMs: 25_000,
          limits: { maxFrameBytes: 65_536, maxTextChars: 4_000, maxRoomsPerConnection: 200 },
        });
      }
    };
  }

  /** Computes the response when the request arrives, and delivers it later. */
  readonly fetch = (input: string | URL | Request): Promise<Response> => {
    const response = this.#respond(input);
    return new Promise((resolve) => this.#responses.push(() => resolve(response)));
  };

  #respond(input: string | URL | Request): Response {
    const url = new URL(String(input));
    const number = (name: string): number | undefined =>
      url.searchParams.has(name) ? Number(url.searchParams.get(name)) : undefined;
    const limit = number("limit") ?? 50;
    if (url.pathname.endsWith("/changes")) {
      const changes = this.#changes(number("after") ?? 0);
      return Response.json({ changes, through: this.head, head: this.head, epoch: this.epoch });
    }
    const before = number("before") ?? Infinity;
    const older = this.visible().filter(({ seq }) => seq < before);
    const messages = older.slice(-limit);
    const first = messages[0]?.seq;
    return Response.json({
      messages,
      page: {
        before: older.length > messages.length ? String(first) : null,
        after: before === Infinity ? null : String(messages.at(-1)?.seq ?? 0),
      },
    });
  }

  /** The messages that alice can see. */
  visible(): Message[] {
    return this.log.filter(({ id }) => !this.hidden.has(id));
  }

  create(senderId: string, text: string, clientMessageId?: string): Message {
    const known = this.log.find((m) => m.senderId === senderId && m.clientMessageId === clientMessageId);
    if (known && clientMessageId !== undefined) return known;
    const rev = (this.head += 1);
    const message: Message = {
      id: ids(100 + rev),
      roomId: ROOM,
      kind: "user",
      seq: rev,
      rev,
      senderId,
      text,
      createdAt: new Date(this.clock.now()).toISOString(),
      ...(clientMessageId === undefined ? {} : { clientMessageId }),
    };
    this.log.push(message);
    if (senderId === "alice" && clientMessageId !== undefined) this.durable.push(clientMessageId);
    this.#broadcast({ type: "MESSAGE_CREATED", roomId: ROOM, rev, message });
    return message;
  }

  edit(nth: number): void {
    const message = this.log[nth % this.log.length];
    if (!message || message.deletedAt) return;
    const rev = (this.head += 1);
    const edited = { ...message, rev, text: `${message.text}*`, editedAt: message.createdAt };
    this.#store(edited);
    if (this.hidden.has(message.id)) this.#broadcast({ type: "MESSAGE_HIDDEN", roomId: ROOM, rev });
    else this.#broadcast({ type: "MESSAGE_UPDATED", roomId: ROOM, rev, message: edited });
  }

  delete(nth: number): void {
    const message = this.log[nth % this.log.length];
    if (!message || message.deletedAt || this.hidden.has(message.id)) return;
    const rev = (this.head += 1);
    const deletedAt = message.createdAt;
    this.#store({ ...message, rev, text: "", deletedAt });
    this.#broadcast({
      type: "MESSAGE_DELETED",
      roomId: ROOM,
      rev,
      messageId: message.id,
      seq: message.seq,
      deletedAt,
    });
  }

  /** Changes the epoch, as after the restore of a backup. */
  restore(): void {
    this.epoch = ids(1_000 + this.head);
    this.cut();
  }

  serve(count: number): void {
    for (const { link, command } of this.inbound.splice(0, count)) {
      // A command may arrive although its connection was lost afterwards.
      this.#execute(link, command);
    }
  }

  respond(): void {
    for (const arrive of this.#responses.splice(0)) arrive();
  }

  get isQuiet(): boolean {
    const links = [...this.links];
    return [this.inbound, this.#responses, ...links.map((link) => link.queue)].every((q) => q.length === 0);
  }

  deliver(count: number): void {
    for (const link of [...this.links]) {
      for (let nth = 0; nth < count && link.queue.length > 0; nth += 1) {
        const fate = this.fates.shift() ?? "arrives";
        const frame = link.queue.shift() as string;
        if (fate === "cut") {
          this.#end(link);
          break;
        }
        if (fate === "late" && [frame, link.queue[0]].every(mayChangePlaces)) {
          link.queue.splice(1, 0, frame);
          continue;
        }
        if (fate === "lost") link.raw(`${frame.slice(0, -1)}`);
        else link.raw(frame);
        if (fate === "twice") link.raw(frame);
      }
    }
  }

  cut(): void {
    for (const link of [...this.links]) this.#end(link);
  }

  #end(link: Link): void {
    this.links.delete(link);
    link.end(1006);
  }

  #execute(link: Link, command: Command): void {
    const ref = "ref" in command && command.ref != null ? { ref: command.ref } : {};
    switch (command.type) {
      case "JOIN_ROOM": {
        link.joined = true;
        const recovered = command.epoch === this.epoch && (command.after ?? 0) <= this.head;
        const { epoch, head } = this;
        this.#say(link, {
          type: "ROOM_JOINED",
          ...ref,
          roomId: ROOM,
          epoch,
          head,
          role: "member",
          readSeq: 0,
          recovered,
          ...(recovered ? {} : { messages: this.visible().slice(-50) }),
        });
        if (recovered) this.#sync(link, this.#changes(command.after ?? 0));
        break;
      }
      case "SEND_MESSAGE": {
        if (this.refusals.shift()) {
          this.#say(link, { type: "ERROR", ...ref, code: "UNAVAILABLE", message: "later" });
          break;
        }
        const before = this.head;
        const message = this.create("alice", command.text ?? "", command.clientMessageId);
        const { id: messageId, seq, rev, createdAt } = message;
        const duplicate = this.head === before;
        const { clientMessageId } = command;
        this.#say(link, {
          type: "MESSAGE_ACK",
          ...ref,
          roomId: ROOM,
          clientMessageId,
          messageId,
          seq,
          rev,
          createdAt,
          duplicate,
        });
        break;
      }
      case "DELETE_MESSAGE": {
        const message = this.log.find(({ id }) => id === command.messageId);
        if (message) {
          this.hidden.add(message.id);
          this.#broadcast({ type: "MESSAGE_HIDDEN", roomId: ROOM, messageId: message.id, seq: message.seq });
        }
        this.#say(link, { type: "ACK", ...ref });
        break;
      }
      case "LEAVE_ROOM":
        link.joined = false;
        this.#say(link, { type: "ROOM_LEFT", ...ref, roomId: ROOM });
        break;
      case "PING":
        this.#say(link, { type: "PONG", ...ref });
        break;
      default:
        this.#say(link, { type: "ACK", ...ref });
    }
  }

  /** Sends changes in batches of two, to test batching. */
  #sync(link: Link, changes: Message[]): void {
    for (let at = 0; ; at += 2) {
      const batch = changes.slice(at, at + 2);
      const done = at + 2 >= changes.length;
      const through = done ? this.head : (batch.at(-1)?.rev ?? this.head);
      this.#say(link, { type: "ROOM_SYNC", roomId: ROOM, changes: batch, through, done });
      if (done) return;
    }
  }

  #changes(after: number): Message[] {
    return this.visible()
      .filter(({ rev }) => rev > after)
      .sort((a, b) => a.rev - b.rev);
  }

  #store(message: Message): void {
    this.log = this.log.map((other) => (other.id === message.id ? message : other));
  }

  #broadcast(event: Event): void {
    for (const link of this.links) if (link.joined) this.#say(link, event);
  }

  #say(link: Link, event: Event): void {
    link.queue.push(JSON.stringify(event));
  }
}
