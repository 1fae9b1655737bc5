import type { QueryClient } from "@tanstack/react-query";
import type { ChatClient } from "../client.js";
import type { Unsubscribe } from "../events.js";
import type { OutboxItem } from "../outbox/item.js";
import type { LogChange } from "../room-events.js";
import type { Room } from "../room.js";
import { Journal } from "./journal.js";
import { chatKeys } from "./keys.js";
import { appendPending, applyChange, confirmPending, dropPending } from "./reducers.js";
import type { MessagesData } from "./rows.js";
import { type ThreadData, applyThreadChange } from "./thread.js";

type Entry =
  | { readonly change: LogChange }
  | { readonly item: OutboxItem; readonly removed: boolean };

/** Updates the cached messages of a room from its events and the outbox. */
export class RoomFeed {
  readonly room: Room;
  readonly #journal = new Journal<Entry>();
  readonly #ends: Unsubscribe[];
  /** `true` during a write of this feed, whose data is already up to date. */
  #writing = false;

  constructor(
    private readonly client: ChatClient,
    private readonly queries: QueryClient,
    readonly roomId: string,
    private readonly onReset: () => void,
  ) {
    this.room = client.room(roomId);
    this.#ends = [
      this.room.on("changes", ({ changes }) => {
        for (const change of changes) this.#record({ change });
      }),
      this.room.on("joined", ({ again, recovered }) => {
        if (again && !recovered) this.#reset();
      }),
      client.on("outbox", ({ item, removed }) => {
        if (item.roomId === roomId) this.#record({ item, removed });
      }),
    ];
  }

  close(): void {
    for (const end of this.#ends) end();
  }

  /** For `structuralSharing` of messages: applies recent changes to fetched data. */
  readonly catchUpMessages = (_old: unknown, fresh: unknown): unknown =>
    this.#writing ? fresh : this.#withOutbox(this.#journal.replay(fresh as MessagesData, this.#onMessages));

  /** The same for a thread. */
  readonly catchUpThread = (rootId: string) => (_old: unknown, fresh: unknown): unknown => {
    if (this.#writing) return fresh;
    const apply = (entry: Entry, data: ThreadData): ThreadData => this.#onThread(rootId, entry, data);
    return this.#withOutbox(this.#journal.replay(fresh as ThreadData, apply), rootId);
  };

  #record(entry: Entry): void {
    this.#journal.add(entry);
    this.#writing = true;
    try {
      for (const query of this.queries.getQueryCache().findAll({ queryKey: chatKeys.windows(this.roomId) })) {
        this.#write<MessagesData>(query.queryKey, (data) => this.#onMessages(entry, data));
      }
      for (const query of this.queries.getQueryCache().findAll({ queryKey: chatKeys.threads(this.roomId) })) {
        const rootId = String(query.queryKey[3]);
        this.#write<ThreadData>(query.queryKey, (data) => this.#onThread(rootId, entry, data));
      }
    } finally {
      this.#writing = false;
    }
  }

  #write<Data>(queryKey: readonly unknown[], reduce: (data: Data) => Data): void {
    const data = this.queries.getQueryData<Data>(queryKey);
    if (data === undefined) return;
    const next = reduce(data);
    // Even a write without changes would make the data look freshly fetched.
    if (next !== data) this.queries.setQueryData(queryKey, next);
  }

  readonly #onMessages = (entry: Entry, data: MessagesData): MessagesData => {
    if ("change" in entry) return applyChange(data, entry.change);
    const { item, removed } = entry;
    const userId = this.client.userId ?? "";
    if (item.state === "sent") {
      // A page that was read before the message arrived has no row for it yet.
      const shown = appendPending(data, { ...item, state: "sending" }, userId);
      return confirmPending(shown, item);
    }
    if (removed) return dropPending(data, item.clientMessageId);
    // Use the item's current state, as a journal entry may be old.
    const now = this.client.outbox.get(item.clientMessageId);
    return now ? appendPending(data, now, userId) : data;
  };

  #onThread(rootId: string, entry: Entry, data: ThreadData): ThreadData {
    if ("change" in entry) return applyThreadChange(data, rootId, entry.change);
    if (entry.item.draft.threadId !== rootId) return data;
    return this.#onMessages(entry, data) as ThreadData;
  }

  /** Adds items that were queued before the data was cached, such as those of an earlier visit. */
  #withOutbox<Data extends MessagesData>(data: Data, threadId?: string): Data {
    const waiting = this.client.outbox
      .items(this.roomId)
      .filter((item) => threadId === undefined || item.draft.threadId === threadId);
    return waiting.reduce<MessagesData>(
      (result, item) => appendPending(result, item, this.client.userId ?? ""),
      data,
    ) as Data;
  }

  /** Drops all cached messages, as the log was replaced. */
  #reset(): void {
    this.#journal.clear();
    void this.queries.resetQueries({ queryKey: chatKeys.windows(this.roomId) });
    void this.queries.resetQueries({ queryKey: chatKeys.threads(this.roomId) });
    this.onReset();
  }
}
