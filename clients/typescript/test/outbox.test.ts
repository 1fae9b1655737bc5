import { beforeEach, describe, expect, test, vi } from "vitest";
import {
  ChatClient,
  type ChatClientOptions,
  type Message,
  type OutboxItem,
  type OutboxStorage,
  webStorage,
} from "../src/index.js";
import { FakeClock, settle } from "./fakes/clock.js";
import { fakeSockets } from "./fakes/socket.js";

let clock: FakeClock;
let net: ReturnType<typeof fakeSockets>;
let lastId: number;

beforeEach(() => {
  clock = new FakeClock();
  net = fakeSockets();
  lastId = 0;
});

function open(options: Partial<ChatClientOptions> = {}): ChatClient {
  const client = new ChatClient("http://example.com/chat", {
    getToken: () => "t",
    WebSocket: net.WebSocket,
    clock,
    random: () => 0.5,
    newId: () => `c-${(lastId += 1)}`,
    userId: "alice",
    ...options,
  });
  client.connect();
  return client;
}

async function connected(options: Partial<ChatClientOptions> = {}): Promise<ChatClient> {
  const client = open(options);
  await settle();
  net.last().hello();
  return client;
}


/** The messages sent on the current connection. */
const sent = (): string[] =>
  net.last().sent.flatMap((c) => (c.type === "SEND_MESSAGE" ? [c.clientMessageId] : []));
const states = (client: ChatClient): string[] =>
  client.outbox.items().map((item) => `${item.clientMessageId} ${item.state}`);

function ack(clientMessageId: string, more: object = {}): void {
  const { ref } = net.last().last("SEND_MESSAGE");
  const place = { messageId: `m-${clientMessageId}`, seq: 7, rev: 7, createdAt: "2026-01-01T00:00:00.000Z" };
  net.last().say({ type: "MESSAGE_ACK", ref, roomId: "tea", clientMessageId, duplicate: false, ...place, ...more });
}

function refuse(code: string, more: object = {}): void {
  net.last().say({ type: "ERROR", ref: net.last().last("SEND_MESSAGE").ref, code, message: code, ...more });
}

function memory(): OutboxStorage & { items: Map<string, OutboxItem>; removed?: (id: string) => void } {
  const items = new Map<string, OutboxItem>();
  const storage: ReturnType<typeof memory> = {
    items,
    load: (userId) => [...items.entries()].flatMap(([key, item]) => (key.startsWith(userId) ? [item] : [])),
    put: (userId, item) => void items.set(`${userId} ${item.clientMessageId}`, item),
    remove: (userId, id) => void items.delete(`${userId} ${id}`),
    watch: (_, removed) => {
      storage.removed = removed;
      return () => {};
    },
  };
  return storage;
}

describe("the order", () => {
  test("holds, as a message is sent only after the previous one is durable", async () => {
    const client = await connected();
    for (const text of ["a", "b", "c"]) client.room("tea").send(text);
    expect(sent()).toEqual(["c-1"]);
    expect(states(client)).toEqual(["c-1 sending", "c-2 queued", "c-3 queued"]);
    ack("c-1");
    ack("c-2");
    ack("c-3");
    expect(sent()).toEqual(["c-1", "c-2", "c-3"]);
    expect(states(client)).toEqual([]);
  });

  test("is per room, so a waiting room does not block another", async () => {
    const client = await connected();
    client.room("tea").send("a");
    client.room("coffee").send("b");
    expect(sent()).toEqual(["c-1", "c-2"]);
  });

  test("holds over a temporary error", async () => {
    const client = await connected();
    client.room("tea").send("a");
    client.room("tea").send("b");
    refuse("RATE_LIMITED", { retryAfterMs: 4_000 });
    expect(client.outbox.get("c-1")).toMatchObject({ state: "queued", error: { code: "RATE_LIMITED" } });
    await clock.advance(3_999);
    expect(sent()).toEqual(["c-1"]);
    await clock.advance(1);
    expect(sent()).toEqual(["c-1", "c-1"]);
    expect(client.outbox.get("c-1")).toMatchObject({ state: "sending", attempts: 2 });
  });

  test("holds over a lost connection, with the same id", async () => {
    const client = await connected();
    client.room("tea").send("a");
    client.room("tea").send("b");
    net.last().end(1006);
    expect(states(client)).toEqual(["c-1 queued", "c-2 queued"]);
    client.room("tea").send("c");
    await clock.advance(500);
    net.last().hello();
    ack("c-1", { duplicate: true });
    ack("c-2");
    ack("c-3");
    expect(sent()).toEqual(["c-1", "c-2", "c-3"]);
  });
});

describe("an item", () => {
  test("that the server rejects fails, and a retry moves it behind waiting ones", async () => {
    const client = await connected();
    const told: string[] = [];
    client.on("outbox", ({ item, removed }) => told.push(`${item.clientMessageId} ${item.state}${removed ? " gone" : ""}`));
    client.room("tea").send("bad word");
    client.room("tea").send("b");
    client.room("tea").send("c");
    refuse("REJECTED");
    expect(client.outbox.get("c-1")).toMatchObject({ state: "failed", error: { code: "REJECTED" } });
    expect(sent()).toEqual(["c-1", "c-2"]);
    client.outbox.retry("c-1");
    expect(client.outbox.get("c-1")).not.toHaveProperty("error");
    for (const id of ["c-2", "c-3", "c-1"]) ack(id);
    expect(sent()).toEqual(["c-1", "c-2", "c-3", "c-1"]);
    expect(told.filter((line) => line.endsWith("gone"))).toEqual(["c-2 sent gone", "c-3 sent gone", "c-1 sent gone"]);
  });

  test("can be cancelled unless it is being sent", async () => {
    const client = await connected();
    client.room("tea").send("a");
    client.room("tea").send("b");
    expect(client.outbox.cancel("c-1")).toBe(false);
    expect(client.outbox.cancel("c-2")).toBe(true);
    expect(client.outbox.cancel("c-2")).toBe(false);
    ack("c-1");
    expect(sent()).toEqual(["c-1"]);
  });

  test("is also confirmed by the log, in either order", async () => {
    const client = await connected();
    const room = client.room("tea");
    room.retain();
    net.last().say({
      type: "ROOM_JOINED",
      ref: net.last().last("JOIN_ROOM").ref,
      roomId: "tea",
      epoch: "e",
      head: 6,
      role: "member",
      readSeq: 0,
      recovered: false,
    });
    room.send("a");
    const message: Partial<Message> = { id: "m", roomId: "tea", seq: 7, rev: 7, clientMessageId: "c-1", text: "a" };
    const event = { type: "MESSAGE_CREATED", roomId: "tea", rev: 7 };
    net.last().say({ ...event, message: { ...message, senderId: "bob" } });
    expect(states(client)).toEqual(["c-1 sending"]);
    net.last().say({ ...event, rev: 8, message: { ...message, rev: 8, senderId: "alice" } });
    expect(states(client)).toEqual([]);
    room.send("b");
    expect(sent()).toEqual(["c-1", "c-2"]);
    ack("c-1", { ref: "2" });
    expect(states(client)).toEqual(["c-2 sending"]);
  });

  test("with a late acknowledgement is resent, and the late one counts", async () => {
    const client = await connected();
    client.room("tea").send("a");
    await clock.advance(10_000);
    net.last().say({ type: "PONG" });
    expect(states(client)).toEqual(["c-1 queued"]);
    await clock.advance(1_000);
    expect(sent()).toEqual(["c-1", "c-1"]);
    ack("c-1", { ref: "1" });
    expect(states(client)).toEqual([]);
  });

  test("expires", async () => {
    const client = open({ outboxTtlMs: 60_000 });
    client.room("tea").send("a");
    await clock.advance(59_000);
    client.room("tea").send("b");
    await clock.advance(1_000);
    expect(states(client)).toEqual(["c-1 failed", "c-2 queued"]);
    expect(client.outbox.get("c-1")?.error?.code).toBe("EXPIRED");
    client.outbox.retry("c-1");
    expect(states(client)).toEqual(["c-2 queued", "c-1 queued"]);
  });

  test("with repeated internal errors fails in the end", async () => {
    const client = await connected();
    client.room("tea").send("a");
    for (let attempt = 0; attempt < 5; attempt += 1) {
      expect(states(client)).toEqual(["c-1 sending"]);
      refuse("INTERNAL");
      await clock.advance(3_000);
    }
    expect(states(client)).toEqual(["c-1 failed"]);
  });

  test("that is too large for a frame is not sent", async () => {
    const client = await connected();
    client.room("tea").send({ text: "", metadata: { blob: "x".repeat(66_000) } });
    expect(sent()).toEqual([]);
    expect(client.outbox.get("c-1")).toMatchObject({ state: "failed", error: { code: "TOO_LARGE" } });
  });
});

test("the outbox has a limit", () => {
  const client = open({ outboxLimit: 2 });
  client.room("tea").send("a");
  client.room("tea").send("b");
  expect(() => client.room("tea").send("c")).toThrow(expect.objectContaining({ code: "OUTBOX_FULL" }));
});

describe("a storage", () => {
  test("restores waiting items ahead of new ones", async () => {
    const storage = memory();
    const before = await connected({ outboxStorage: storage });
    for (const text of ["a", "b"]) before.room("tea").send(text);
    before.disconnect();
    expect(storage.items.size).toBe(2);
    await clock.advance(1);
    const after = open({ outboxStorage: storage });
    after.room("tea").send("c");
    expect(states(after)).toEqual(["c-1 queued", "c-2 queued", "c-3 queued"]);
    await settle();
    net.last().hello();
    for (const id of ["c-1", "c-2", "c-3"]) ack(id);
    expect(sent()).toEqual(["c-1", "c-2", "c-3"]);
    expect(storage.items.size).toBe(0);
  });

  test("can be asynchronous, and keeps the order", async () => {
    const inner = memory();
    const storage: OutboxStorage = {
      load: async (userId) => inner.load(userId),
      put: async (userId, item) => void inner.put(userId, item),
      remove: async (userId, id) => void inner.remove(userId, id),
    };
    const client = await connected({ outboxStorage: storage });
    client.room("tea").send("a");
    ack("c-1");
    client.room("tea").send("b");
    await settle();
    expect([...inner.items.keys()]).toEqual(["alice c-2"]);
  });

  test("separates users, even if only the server knows the user", async () => {
    const storage = memory();
    storage.put("bob", { clientMessageId: "b-1", roomId: "tea", draft: { text: "b" }, state: "queued", createdAt: 1, attempts: 0 });
    const client = new ChatClient("http://example.com/chat", {
      getToken: () => "t",
      WebSocket: net.WebSocket,
      clock,
      newId: () => "a-1",
      outboxStorage: storage,
    });
    client.room("tea").send("a");
    expect(storage.items.size).toBe(1);
    client.connect();
    await settle();
    net.last().hello();
    expect(sent()).toEqual(["a-1"]);
    expect([...storage.items.keys()]).toEqual(["bob b-1", "alice a-1"]);
  });

  test("reports items that another tab has sent or cancelled", async () => {
    const storage = memory();
    const client = open({ outboxStorage: storage });
    client.room("tea").send("a");
    storage.removed?.("c-1");
    expect(states(client)).toEqual([]);
  });

  test("that fails is reported, and only items after a reload are lost", async () => {
    const full = new Error("full");
    const client = open({
      outboxStorage: {
        load: () => [],
        put: () => {
          throw full;
        },
        remove: () => Promise.reject(full),
      },
    });
    const failed = vi.fn();
    client.on("storageFailed", failed);
    client.room("tea").send("a");
    expect(failed).toHaveBeenCalledWith({ error: full });
    await settle();
    net.last().hello();
    ack("c-1");
    await settle();
    expect(states(client)).toEqual([]);
    expect(failed).toHaveBeenCalledTimes(2);
  });

  test("in the browser uses one entry per item and user", () => {
    const entries = new Map<string, string>();
    const storage = webStorage({
      get length() {
        return entries.size;
      },
      key: (at: number) => [...entries.keys()][at] ?? null,
      getItem: (key: string) => entries.get(key) ?? null,
      setItem: (key: string, value: string) => void entries.set(key, value),
      removeItem: (key: string) => void entries.delete(key),
      clear: () => entries.clear(),
    });
    const item: OutboxItem = { clientMessageId: "c:1", roomId: "tea", draft: { text: "a" }, state: "queued", createdAt: 1, attempts: 0 };
    storage.put("al:ice", item);
    storage.put("al", { ...item, clientMessageId: "ice:c:1" });
    entries.set("chat-outbox:al%3Aice:broken", "{");
    entries.set("something else", "1");
    expect(storage.load("al:ice")).toEqual([item]);
    storage.remove("al:ice", "c:1");
    expect(storage.load("al:ice")).toEqual([]);
    expect(storage.load("al")).toHaveLength(1);
  });
});
