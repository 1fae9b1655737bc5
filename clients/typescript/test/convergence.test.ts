import { InfiniteQueryObserver, QueryClient } from "@tanstack/react-query";
import fc from "fast-check";
import { expect, test } from "vitest";
import { ChatClient, type LogChange, type OutboxItem, type OutboxStorage } from "../src/index.js";
import { ChatFeed } from "../src/react-query/chat-feed.js";
import { type MessagesData, type MessageRow, rowKey } from "../src/react-query/index.js";
import { messagesQuery } from "../src/react-query/use-messages.js";
import { parseEvent } from "../src/zod/index.js";
import { FakeClock, settle } from "./fakes/clock.js";
import { type Fate, FakeServer } from "./fakes/server.js";

type Step =
  | { do: "send" | "other" | "cut" | "restore" | "reload" | "older" | "refetch" | "respond" | "away" }
  | { do: "edit" | "delete" | "hide"; nth: number }
  | { do: "serve" | "deliver"; count: number }
  | { do: "wait"; ms: number };

const PAGE = 4;
const RUNS = Number(process.env["CHAT_RUNS"] ?? 300);

/** An open page: the client, and the messages that it shows. */
class Visit {
  readonly client: ChatClient;
  readonly queries = new QueryClient();
  readonly changes: LogChange[] = [];
  readonly #feed: ChatFeed;
  readonly #close: () => void;
  readonly #observer: InfiniteQueryObserver<MessagesData, Error, never, never, never>;
  readonly #isJoined = (): boolean => this.client.room("tea").state.status === "joined";

  constructor(server: FakeServer, clock: FakeClock, storage: OutboxStorage, newId: () => string) {
    this.client = new ChatClient("http://fake/chat", {
      userId: "alice",
      getToken: () => "t",
      WebSocket: server.WebSocket,
      fetch: server.fetch as typeof fetch,
      clock,
      random: () => 0.5,
      outboxStorage: storage,
      newId,
      parseEvent,
    });
    this.#feed = new ChatFeed(this.client, this.queries);
    this.#close = this.#feed.open();
    this.#feed.room("tea");
    const room = this.client.room("tea");
    room.on("changes", ({ changes }) => this.changes.push(...changes));
    room.on("joined", ({ again, recovered }) => {
      if (again && !recovered) this.changes.length = 0;
    });
    // Like `useMessages`.
    const options = messagesQuery(this.#feed, "tea", PAGE);
    const observer = new InfiniteQueryObserver(this.queries, { ...options, enabled: false });
    room.on("state", () => observer.setOptions({ ...options, enabled: this.#isJoined() }));
    observer.subscribe(() => {});
    this.#observer = observer as never;
    room.retain();
    this.client.connect();
  }

  /** Starts to load an older page, which may arrive much later. */
  startOlder(): void {
    if (this.#isJoined()) void this.#observer.fetchPreviousPage({ cancelRefetch: false });
  }

  startRefetch(): void {
    if (this.#isJoined()) void this.#observer.refetch();
  }

  get hasOlder(): boolean {
    return this.#observer.getCurrentResult().hasPreviousPage;
  }

  rows(): MessageRow[] {
    const data = this.queries.getQueryData<MessagesData>(["chat", "messages", "tea", "newest"]);
    return data?.pages.flatMap((page) => page.messages) ?? [];
  }

  close(): void {
    this.#observer.destroy();
    this.#close();
    this.client.disconnect();
    this.queries.clear();
  }
}

function memoryStorage(): OutboxStorage & { items: Map<string, OutboxItem> } {
  const items = new Map<string, OutboxItem>();
  return {
    items,
    load: () => [...items.values()],
    put: (_, item) => void items.set(item.clientMessageId, item),
    remove: (_, id) => void items.delete(id),
  };
}

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom<Step>({ do: "send" }, { do: "other" }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("edit", "delete", "hide"), nth: fc.nat(9) }) as fc.Arbitrary<Step> },
  { weight: 8, arbitrary: fc.record({ do: fc.constantFrom("serve", "deliver"), count: fc.integer({ min: 1, max: 5 }) }) as fc.Arbitrary<Step> },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("wait"), ms: fc.constantFrom(0, 400, 3_000, 12_000) }) as fc.Arbitrary<Step> },
  { weight: 2, arbitrary: fc.constantFrom<Step>({ do: "cut" }, { do: "older" }, { do: "refetch" }, { do: "reload" }) },
  { weight: 3, arbitrary: fc.constant<Step>({ do: "respond" }) },
  { weight: 1, arbitrary: fc.constant<Step>({ do: "away" }) },
  { weight: 1, arbitrary: fc.constant<Step>({ do: "restore" }) },
);
const fate: fc.Arbitrary<Fate> = fc.oneof(
  { weight: 8, arbitrary: fc.constant<Fate>("arrives") },
  { weight: 3, arbitrary: fc.constantFrom<Fate>("twice", "late", "lost", "cut") },
);

async function run(steps: readonly Step[], fates: readonly Fate[], refusals: readonly boolean[]): Promise<void> {
  const clock = new FakeClock();
  const server = new FakeServer(clock);
  const storage = memoryStorage();
  const written: string[] = [];
  let nth = 0;
  const open = (): Visit => new Visit(server, clock, storage, () => `c-${(nth += 1)}`);
  for (let at = 0; at < 6; at += 1) server.create("bob", `before ${at}`);
  let visit = open();
  await settle();
  server.fates = [...fates];
  server.refusals = [...refusals];
  for (const next of steps) {
    switch (next.do) {
      case "send":
        written.push(visit.client.room("tea").send(`hers ${written.length}`).clientMessageId);
        break;
      case "other":
        server.create("bob", `his ${server.head}`);
        break;
      case "edit":
        server.edit(next.nth);
        break;
      case "delete":
        server.delete(next.nth);
        break;
      case "hide": {
        const message = visit.rows().filter(({ local }) => !local)[next.nth];
        // It may never be answered.
        if (message) void visit.client.room("tea").delete(message.id, { forMe: true }).catch(() => {});
        break;
      }
      case "serve":
        server.serve(next.count);
        break;
      case "deliver":
        server.deliver(next.count);
        break;
      case "wait":
        await clock.advance(next.ms);
        break;
      case "cut":
        server.cut();
        break;
      case "restore":
        server.restore();
        break;
      case "away":
        server.cut();
        for (let at = 0; at < 7; at += 1) server.create("bob", `meanwhile ${at}`);
        break;
      case "respond":
        server.respond();
        break;
      case "older":
        visit.startOlder();
        break;
      case "refetch":
        visit.startRefetch();
        break;
      case "reload":
        visit.close();
        visit = open();
        break;
    }
    await settle();
    checkRows(visit.rows());
  }

  // No faults from here on.
  server.fates = [];
  server.refusals = [];
  const isDone = (): boolean =>
    visit.client.outbox.items().length === 0 &&
    visit.client.room("tea").state.status === "joined" &&
    visit.client.room("tea").through === server.head &&
    server.isQuiet;
  for (let round = 0; round < 60 && !isDone(); round += 1) {
    server.serve(100);
    server.deliver(100);
    server.respond();
    await clock.advance(1_000);
  }
  for (let page = 0; page < 30 && visit.hasOlder; page += 1) {
    visit.startOlder();
    await settle();
    server.respond();
    await settle();
  }

  expect(isDone()).toBe(true);
  // The log contains every written message once, in order.
  expect(server.durable).toEqual(written);
  expect([...storage.items]).toEqual([]);
  // The page shows the log, except for hidden messages: hiding takes no position, so a client that is
  // disconnected at that moment misses it.
  const rows = visit.rows().filter(({ id }) => !server.hidden.has(id));
  const shown = rows.map(({ id, rev, text, deletedAt }) => ({ id, rev, text, deletedAt }));
  const log = server.visible().map(({ id, rev, text, deletedAt }) => ({ id, rev, text, deletedAt }));
  expect(shown).toEqual(log);
  expect(rows.every((row) => row.local === undefined)).toBe(true);
  // Each position was delivered once and in order.
  const told = visit.changes.flatMap(({ rev }) => (rev === null ? [] : [rev]));
  expect(told).toEqual([...new Set(told)].sort((a, b) => a - b));
  visit.close();
}

/** Checks that no message is shown twice or out of order. */
function checkRows(rows: readonly MessageRow[]): void {
  const keys = rows.map(rowKey);
  expect(new Set(keys).size).toBe(keys.length);
  const order = rows.map(({ seq }) => seq);
  expect(order).toEqual([...order].sort((a, b) => a - b));
}

test("the page converges to the server's log under any sequence of faults", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.array(fate, { maxLength: 80 }), fc.array(fc.boolean(), { maxLength: 8 }), run),
    { numRuns: RUNS },
  );
}, 20_000 + 100 * RUNS);
