import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { WebSocket } from "ws";
import {
  type ChangesEvent,
  ChatClient,
  ChatError,
  type ClientEvents,
  type OutboxItem,
  type OutboxStorage,
  type Room,
} from "../src/index.js";
import { parseEvent } from "../src/zod/index.js";
import { Server } from "./server.js";

let server: Server;
const clients: ChatClient[] = [];
let lastRoom = 0;

beforeAll(async () => {
  server = await Server.start();
});
afterAll(() => server.stop());
afterEach(() => {
  for (const client of clients.splice(0)) {
    client.disconnect();
    // Every frame was validated completely.
    expect(client.malformedFrames).toBe(0);
  }
});

/** A socket that the test can terminate. */
class LosableSocket extends WebSocket {
  static readonly open = new Set<LosableSocket>();
  constructor(url: string, protocols: string[]) {
    super(url, protocols);
    LosableSocket.open.add(this);
    this.on("close", () => LosableSocket.open.delete(this));
  }
}

function connect(
  userId: string,
  options: { backoffMinMs?: number; outboxStorage?: OutboxStorage } = {},
): ChatClient {
  const client = new ChatClient(server.chat, {
    getToken: () => server.token(userId),
    WebSocket: LosableSocket,
    backoffMinMs: 20,
    parseEvent,
    ...options,
  });
  clients.push(client);
  client.connect();
  return client;
}

async function newRoom(client: ChatClient): Promise<Room> {
  await client.whenConnected();
  const { id } = await client.rest.createRoom({ kind: "public", name: `room-${(lastRoom += 1)}` });
  return client.room(id);
}

/** Records the texts from a room's changes. */
function transcript(room: Room): { texts: string[]; events: ChangesEvent[]; includes(text: string): Promise<void> } {
  const texts: string[] = [];
  const events: ChangesEvent[] = [];
  const waiting = new Set<() => void>();
  room.on("changes", (event) => {
    events.push(event);
    for (const change of event.changes) {
      if (change.kind === "message" && change.message.kind === "user" && change.rev === change.message.seq) {
        texts.push(change.message.text);
      }
    }
    for (const look of [...waiting]) look();
  });
  return {
    texts,
    events,
    includes: (text) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!texts.includes(text)) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
  };
}

function next<E extends keyof ClientEvents>(
  client: ChatClient,
  event: E,
  is: (value: ClientEvents[E]) => boolean = () => true,
): Promise<ClientEvents[E]> {
  return new Promise((resolve) => {
    const end = client.on(event, (value) => {
      if (!is(value)) return;
      end();
      resolve(value);
    });
  });
}

test("messages reach both users once and in order", async () => {
  const alice = connect("alice");
  const bob = connect("bob");
  const room = await newRoom(alice);
  const other = bob.room(room.id);
  const joined = await room.join();
  expect(joined).toMatchObject({ recovered: false, again: false, role: "owner" });
  await other.join();
  const [hers, his] = [transcript(room), transcript(other)];
  const texts = Array.from({ length: 20 }, (_, at) => `message ${at}`);
  for (const text of texts) room.send(text);
  await Promise.all([hers.includes("message 19"), his.includes("message 19")]);
  expect(hers.texts).toEqual(texts);
  expect(his.texts).toEqual(texts);
  expect(alice.outbox.items()).toEqual([]);
});

test("a reconnect delivers missed messages, edits and deletions", async () => {
  const alice = connect("alice");
  const room = await newRoom(alice);
  await room.join();
  const bob = connect("bob");
  const other = bob.room(room.id);
  await other.join();
  const his = transcript(other);
  room.send("one");
  const two = room.send("two");
  await his.includes("two");
  const sent = (await historyOf(alice, room.id)).find((m) => m.clientMessageId === two.clientMessageId);
  bob.disconnect();
  await room.edit(sent!.id, "two, edited");
  room.send("three");
  await next(alice, "outbox", ({ removed }) => removed);
  const back = new Promise((resolve) => other.on("joined", resolve));
  bob.connect();
  expect(await back).toMatchObject({ recovered: true, again: true, messages: [] });
  const missed = his.events.filter((event) => !event.live).flatMap((event) => event.changes);
  expect(missed.map((change) => change.kind === "message" && change.message.text)).toEqual([
    "two, edited",
    "three",
  ]);
  expect(other.through).toBe(room.through);
});

test("messages written offline are sent once and in order", async () => {
  const alice = connect("alice", { backoffMinMs: 400 });
  const room = await newRoom(alice);
  await room.join();
  const hers = transcript(room);
  for (const socket of [...LosableSocket.open]) socket.terminate();
  await next(alice, "state", ({ status }) => status === "reconnecting");
  for (const text of ["a", "b", "c"]) {
    expect(room.send(text).state).toBe("queued");
  }
  await hers.includes("c");
  expect(hers.texts).toEqual(["a", "b", "c"]);
});

test("two tabs with the same outbox send its messages once and in order", async () => {
  const items = new Map<string, OutboxItem>();
  const outboxStorage: OutboxStorage = {
    load: () => [...items.values()],
    put: (_, item) => void items.set(item.clientMessageId, item),
    remove: (_, id) => void items.delete(id),
  };
  const alice = connect("alice");
  const room = await newRoom(alice);
  const written = new ChatClient(server.chat, { userId: "alice", getToken: () => "", WebSocket, outboxStorage });
  const texts = ["a", "b", "c", "d", "e"];
  for (const text of texts) written.room(room.id).send(text);
  const tabs = [connect("alice", { outboxStorage }), connect("alice", { outboxStorage })];
  const emptied = tabs.map((tab) => next(tab, "outbox", () => tab.outbox.items().length === 0));
  await Promise.all(emptied);
  const log = (await historyOf(alice, room.id)).filter((m) => m.kind === "user");
  expect(log.map((m) => m.text)).toEqual(texts);
  expect(items.size).toBe(0);
});

test("a lost acknowledgement does not lead to a duplicate", async () => {
  const alice = connect("alice");
  const room = await newRoom(alice);
  await room.join();
  const hers = transcript(room);
  // The command reaches the server. The answer may or may not arrive, and both must work.
  room.send("once");
  for (const socket of [...LosableSocket.open]) setImmediate(() => socket.terminate());
  await hers.includes("once");
  room.send("then");
  await hers.includes("then");
  const texts = (await historyOf(alice, room.id)).filter((m) => m.kind === "user").map((m) => m.text);
  expect(texts).toEqual(["once", "then"]);
});

test("a rejected join gives its reason, and so do REST calls", async () => {
  const alice = connect("alice");
  await alice.whenConnected();
  await expect(alice.room("nowhere").join()).rejects.toMatchObject({ code: "ROOM_NOT_FOUND" });
  expect(alice.room("nowhere").state).toMatchObject({ status: "failed", code: "ROOM_NOT_FOUND" });
  await expect(alice.rest.room("nowhere")).rejects.toBeInstanceOf(ChatError);
  const item = alice.room("nowhere").send("hello?");
  await next(alice, "outbox", (e) => e.item.state === "failed");
  expect(alice.outbox.get(item.clientMessageId)?.error?.code).toBe("ROOM_NOT_FOUND");
});

test("a rejected token closes the client after one retry with a new token", async () => {
  const asked: boolean[] = [];
  const client = new ChatClient(server.chat, {
    getToken: ({ refresh }) => (asked.push(refresh), "no.good.token"),
    WebSocket,
  });
  client.connect();
  await expect(client.whenConnected()).rejects.toMatchObject({ code: "DISCONNECTED" });
  expect(client.state).toMatchObject({ status: "closed", code: 1008, reason: "UNAUTHENTICATED" });
  expect(asked).toEqual([false, true]);
});

test("typing, read markers and reactions reach the other user", async () => {
  const alice = connect("alice");
  const room = await newRoom(alice);
  await room.join();
  const bob = connect("bob");
  const other = bob.room(room.id);
  await other.join();
  const typing = new Promise((resolve) => other.on("typing", resolve));
  room.keystroke();
  expect(await typing).toEqual(["alice"]);
  const his = transcript(other);
  room.send("hi");
  await his.includes("hi");
  expect(other.typing).toEqual([]);
  const receipt = new Promise((resolve) => room.on("receipt", (r) => r.userId === "bob" && resolve(r)));
  const message = (await historyOf(bob, room.id)).at(-1)!;
  other.markRead(message.seq);
  expect(await receipt).toMatchObject({ userId: "bob", seq: message.seq });
  await other.react(message.id, "👍");
  expect((await alice.rest.message(room.id, message.id)).reactions).toEqual({ "👍": ["bob"] });
});

async function historyOf(client: ChatClient, roomId: string) {
  return (await client.rest.history(roomId)).messages;
}
