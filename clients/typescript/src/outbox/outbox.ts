import { Backoff } from "../backoff.js";
import type { Connection } from "../connection.js";
import type { Cancel } from "../environment.js";
import { ChatError } from "../errors.js";
import type { HelloLimits, MessageAckEvent } from "../generated/wire.js";
import type { LogChange } from "../room-events.js";
import type { Settings } from "../settings.js";
import { type Draft, type OutboxItem, requeued } from "./item.js";
import { Persistence } from "./persistence.js";
import type { OutboxStorage } from "./storage.js";

/** Receives the changes of an outbox. */
export interface OutboxListener {
  /** `removed` is `true` once the item has been sent or cancelled. */
  changed(item: OutboxItem, removed: boolean): void;
  storageFailed(error: unknown): void;
}

/** The send queue of a room. */
interface Lane {
  readonly backoff: Backoff;
  /** The item that waits for its acknowledgement. The next one is sent after it. */
  inFlight: string | undefined;
  pause: Cancel | undefined;
}

/** After this many internal server errors in a row, the message counts as the cause and fails. */
const MAX_INTERNAL = 5;

/**
 * Messages that wait to be sent. Each room sends a message only after the previous one is durable, so
 * that a lost connection, a rejection or a reload cannot change the order.
 */
export class Outbox {
  #items: readonly OutboxItem[] = [];
  #userId: string | undefined;
  #lastCreatedAt = 0;
  #limits: HelloLimits | undefined;
  #expiry: Cancel = () => {};
  readonly #lanes = new Map<string, Lane>();
  readonly #persistence: Persistence;

  /** @internal */
  constructor(
    private readonly connection: Pick<Connection, "up" | "request">,
    private readonly settings: Settings,
    private readonly listener: OutboxListener,
    storage: OutboxStorage | undefined,
  ) {
    this.#persistence = new Persistence(storage, {
      loaded: (items) => this.#adopt(items),
      removedElsewhere: (id) => {
        const item = this.get(id);
        if (item && item.state !== "sending") this.#drop(item);
      },
      failed: (error) => listener.storageFailed(error),
    });
  }

  /** Returns all items, or those of a room, in the order of sending. */
  items(roomId?: string): readonly OutboxItem[] {
    return roomId === undefined ? this.#items : this.#items.filter((item) => item.roomId === roomId);
  }

  get(clientMessageId: string): OutboxItem | undefined {
    return this.#items.find((item) => item.clientMessageId === clientMessageId);
  }

  /** Adds a message. Throws a `ChatError` with code `OUTBOX_FULL` if the outbox is full. */
  add(roomId: string, draft: Draft): OutboxItem {
    if (this.#items.length >= this.settings.outboxLimit) {
      throw new ChatError("OUTBOX_FULL", `the outbox is full: ${this.#items.length} messages are waiting`);
    }
    const item: OutboxItem = {
      clientMessageId: this.settings.newId(),
      roomId,
      draft,
      state: "queued",
      createdAt: this.#nextCreatedAt(),
      attempts: 0,
    };
    this.#persistence.put(item);
    this.#set(item);
    this.#pump(roomId);
    return this.get(item.clientMessageId) ?? item;
  }

  /** Queues a failed item again, after the waiting ones. */
  retry(clientMessageId: string): void {
    const item = this.get(clientMessageId);
    if (item?.state !== "failed") return;
    const { error: _, ...rest } = item;
    const again: OutboxItem = { ...rest, state: "queued", createdAt: this.#nextCreatedAt(), attempts: 0 };
    this.#persistence.put(again);
    this.#set(again);
    this.#pump(item.roomId);
  }

  /**
   * Removes an item. Returns `false` if it is being sent or does not exist. If an earlier attempt got no
   * answer, the server may have stored the message, and it then appears in the room.
   */
  cancel(clientMessageId: string): boolean {
    const item = this.get(clientMessageId);
    if (!item || item.state === "sending") return false;
    this.#drop(item);
    this.#pump(item.roomId);
    return true;
  }

  /** @internal Sets the user. Items of another user stay in the storage, but leave this outbox. */
  open(userId: string): void {
    if (this.#userId === userId) return;
    if (this.#userId !== undefined) {
      for (const item of this.#items) this.#forget(item);
    }
    this.#userId = userId;
    this.#persistence.open(userId, this.#items);
  }

  /** @internal */
  up(limits: HelloLimits): void {
    this.#limits = limits;
    for (const roomId of new Set(this.#items.map((item) => item.roomId))) {
      const lane = this.#lane(roomId);
      lane.pause?.();
      lane.pause = undefined;
      this.#pump(roomId);
    }
  }

  /** @internal Handles an acknowledgement, which may be late. */
  acknowledged(ack: MessageAckEvent): void {
    if (ack.clientMessageId != null) this.#sent(ack.roomId, ack.clientMessageId, ack);
  }

  /** @internal Takes the user's own messages in the log as acknowledgements, as they may come first. */
  confirmFrom(changes: readonly LogChange[]): void {
    for (const change of changes) {
      if (change.kind !== "message") continue;
      const { clientMessageId, senderId, roomId, id, seq, rev, createdAt } = change.message;
      if (clientMessageId == null || senderId !== this.#userId) continue;
      this.#sent(roomId, clientMessageId, { messageId: id, seq, rev, createdAt });
    }
  }

  #pump(roomId: string): void {
    const lane = this.#lane(roomId);
    this.#expire();
    if (!this.connection.up || lane.inFlight !== undefined || lane.pause) return;
    const next = this.#items.find((item) => item.roomId === roomId && item.state === "queued");
    if (!next) return;
    const { clientMessageId, draft } = next;
    const command = { type: "SEND_MESSAGE", roomId, clientMessageId, ...draft } as const;
    // The server would close the connection on a frame that is too large, on every attempt.
    const bytes = new TextEncoder().encode(JSON.stringify(command)).length + REF_BYTES;
    if (this.#limits && bytes > this.#limits.maxFrameBytes) {
      this.#fail(next, new ChatError("TOO_LARGE", "the message is too large"));
      return this.#pump(roomId);
    }
    lane.inFlight = clientMessageId;
    this.#set({ ...next, state: "sending", attempts: next.attempts + 1 });
    this.connection.request(command, (answer) => {
      if (lane.inFlight !== clientMessageId) return;
      if (answer instanceof ChatError) this.#refused(lane, clientMessageId, answer);
      else if (answer.type === "MESSAGE_ACK") this.#sent(roomId, clientMessageId, answer);
    });
  }

  #refused(lane: Lane, clientMessageId: string, error: ChatError): void {
    lane.inFlight = undefined;
    const item = this.get(clientMessageId);
    if (!item) return;
    const hopeless = error.code === "INTERNAL" && item.attempts >= MAX_INTERNAL;
    if (hopeless || !(error.retryable || CLOSING.has(error.code))) {
      this.#fail(item, error);
      return this.#pump(item.roomId);
    }
    const { code, message } = error;
    this.#set({ ...requeued(item), error: { code, message } });
    // `up` retries it.
    if (code === "DISCONNECTED") return;
    const wait = Math.max(error.retryAfterMs ?? 0, lane.backoff.next());
    lane.pause = this.settings.clock.after(wait, () => {
      lane.pause = undefined;
      this.#pump(item.roomId);
    });
  }

  #sent(roomId: string, clientMessageId: string, ack: NonNullable<OutboxItem["ack"]>): void {
    const item = this.get(clientMessageId);
    if (item?.roomId !== roomId) return;
    const lane = this.#lane(roomId);
    lane.backoff.reset();
    if (lane.inFlight === clientMessageId) lane.inFlight = undefined;
    const { messageId, seq, rev, createdAt } = ack;
    const { error: _, ...rest } = item;
    this.#drop({ ...rest, state: "sent", ack: { messageId, seq, rev, createdAt } });
    this.#pump(roomId);
  }

  #fail(item: OutboxItem, { code, message }: ChatError): void {
    const failed: OutboxItem = { ...item, state: "failed", error: { code, message } };
    this.#persistence.put(failed);
    this.#set(failed);
  }

  /** Fails expired items, and sets a timer for the next one. */
  #expire(): void {
    this.#expiry();
    const { clock, outboxTtlMs } = this.settings;
    const now = clock.now();
    let next = Infinity;
    for (const item of this.#items) {
      if (item.state !== "queued") continue;
      const left = item.createdAt + outboxTtlMs - now;
      if (left <= 0) this.#fail(item, new ChatError("EXPIRED", "the message waited too long"));
      else next = Math.min(next, left);
    }
    // Browsers fire a timer of more than 2^31 ms at once.
    if (next < Infinity) this.#expiry = clock.after(Math.min(next, 2 ** 31 - 1), () => this.#expire());
  }

  /** Adds the items of an earlier visit, which go before newer ones. */
  #adopt(items: readonly OutboxItem[]): void {
    const unknown = items.filter((item) => !this.get(item.clientMessageId));
    for (const item of unknown) {
      this.#lastCreatedAt = Math.max(this.#lastCreatedAt, item.createdAt);
      this.#set(item);
    }
    for (const roomId of new Set(unknown.map((item) => item.roomId))) this.#pump(roomId);
  }

  #drop(item: OutboxItem): void {
    this.#persistence.remove(item.clientMessageId);
    this.#forget(item);
  }

  #forget(item: OutboxItem): void {
    this.#items = this.#items.filter((other) => other.clientMessageId !== item.clientMessageId);
    this.listener.changed(item, true);
  }

  #set(item: OutboxItem): void {
    const others = this.#items.filter((other) => other.clientMessageId !== item.clientMessageId);
    this.#items = [...others, item].sort((a, b) => a.createdAt - b.createdAt);
    this.listener.changed(item, false);
  }

  #nextCreatedAt(): number {
    this.#lastCreatedAt = Math.max(this.settings.clock.now(), this.#lastCreatedAt + 1);
    return this.#lastCreatedAt;
  }

  #lane(roomId: string): Lane {
    let lane = this.#lanes.get(roomId);
    if (!lane) {
      const { backoffMinMs, backoffMaxMs, random } = this.settings;
      lane = {
        backoff: new Backoff(backoffMinMs, backoffMaxMs, random),
        inFlight: undefined,
        pause: undefined,
      };
      this.#lanes.set(roomId, lane);
    }
    return lane;
  }
}

/** Errors that concern the connection, which is about to close, and not the message. */
const CLOSING: ReadonlySet<string> = new Set(["UNAUTHENTICATED", "TOKEN_EXPIRED"]);

/** The maximum size that a `ref` adds to a frame. */
const REF_BYTES = 32;
