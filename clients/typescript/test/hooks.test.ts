// @vitest-environment happy-dom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode, act, createElement } from "react";
import { type Root, createRoot } from "react-dom/client";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ChatClient } from "../src/index.js";
import {
  ChatProvider,
  useConnection,
  useMessageActions,
  useMessages,
  usePresence,
  useReads,
  useRoom,
  useRooms,
  useSendMessage,
  useTyping,
} from "../src/react-query/index.js";
import { FakeClock, settle } from "./fakes/clock.js";
import { fakeSockets } from "./fakes/socket.js";
import { entry, message } from "./fakes/models.js";

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });

let clock: FakeClock;
let net: ReturnType<typeof fakeSockets>;
let client: ChatClient;
let root: Root;
let calls: string[];
let answers: Record<string, () => object>;
/** Delays all answers. */
let arrives: Promise<void>;

beforeEach(() => {
  clock = new FakeClock();
  net = fakeSockets();
  calls = [];
  arrives = Promise.resolve();
  answers = {
    "/rooms": () => ({ rooms: [entry("tea"), entry("coffee")], page: { next: null } }),
    "/rooms/tea": () => entry("tea"),
    "/rooms/tea/messages": () => ({ messages: [message(4), message(5)], page: { before: "4", after: null } }),
    "/rooms/tea/reads": () => ({ reads: [{ userId: "bob", seq: 3, at: "x" }], page: { next: null } }),
    "/presence": () => ({ users: [{ userId: "bob", online: true }] }),
  };
  client = new ChatClient("http://example.com/chat", {
    getToken: () => "t",
    userId: "alice",
    WebSocket: net.WebSocket,
    clock,
    outboxStorage: null,
    newId: () => "c1",
    fetch: async (input) => {
      const url = new URL(String(input));
      const path = url.pathname.replace("/chat", "");
      calls.push(path + url.search);
      const answer = answers[path]?.();
      await arrives;
      return answer ? Response.json(answer) : Response.json({ code: "ROOM_NOT_FOUND" }, { status: 404 });
    },
  });
});
afterEach(async () => {
  await act(async () => root.unmount());
  client.disconnect();
});

/** Renders a component that only calls `use`, and returns its latest result. */
async function render<Used>(use: () => Used): Promise<{ readonly current: Used }> {
  const result = { current: undefined as Used };
  const Probe = (): null => {
    result.current = use();
    return null;
  };
  root = createRoot(document.createElement("div"));
  const inChat = createElement(ChatProvider, { client }, createElement(Probe));
  const inQueries = createElement(QueryClientProvider, { client: new QueryClient() }, inChat);
  await act(async () => {
    root.render(createElement(StrictMode, null, inQueries));
    await settle();
  });
  return result;
}

async function happens(what: () => void): Promise<void> {
  await act(async () => {
    what();
    // The query client notifies its observers asynchronously.
    for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setTimeout(resolve));
  });
}

async function connect(): Promise<void> {
  await happens(() => client.connect());
  await happens(() => net.last().hello());
}

const answerJoin = (more: object = {}): Promise<void> =>
  happens(() =>
    net.last().say({
      type: "ROOM_JOINED",
      ref: net.last().last("JOIN_ROOM").ref,
      roomId: "tea",
      epoch: "e1",
      head: 5,
      role: "member",
      readSeq: 4,
      recovered: false,
      messages: [message(4), message(5)],
      ...more,
    }),
  );

test("useConnection follows the connection", async () => {
  const used = await render(useConnection);
  expect(used.current.state.status).toBe("idle");
  await connect();
  expect(used.current.state.status).toBe("connected");
  await happens(() => net.last().end(1006));
  expect(used.current.state).toMatchObject({ status: "reconnecting", attempt: 1 });
  await happens(() => used.current.retryNow());
  expect(net.sockets).toHaveLength(2);
});

test("messages load after the join, then update live, with optimistic rows", async () => {
  const onLive = vi.fn();
  const used = await render(() => ({ list: useMessages("tea", { onLive }), write: useSendMessage("tea") }));
  await connect();
  expect(calls).toEqual([]);
  await answerJoin();
  const ids = (): string[] => used.current.list.messages.map(({ id }) => id);
  expect(ids()).toEqual(["m4", "m5"]);
  expect(used.current.list).toMatchObject({ isPending: false, hasOlder: true, hasNewer: false });
  await happens(() => net.last().say({ type: "MESSAGE_CREATED", roomId: "tea", rev: 6, message: message(6) }));
  expect(onLive).toHaveBeenCalledExactlyOnceWith(message(6));
  await happens(() => void used.current.write.send("mine"));
  expect(ids()).toEqual(["m4", "m5", "m6", "c1"]);
  expect(used.current.list.messages.at(-1)?.local?.state).toBe("sending");
  const own = message(7, { senderId: "alice", clientMessageId: "c1", text: "mine" });
  await happens(() => net.last().say({ type: "MESSAGE_CREATED", roomId: "tea", rev: 7, message: own }));
  expect(used.current.list.messages.at(-1)).toEqual(own);
  answers["/rooms/tea/messages"] = () => ({ messages: [message(3)], page: { before: null, after: "3" } });
  await happens(() => used.current.list.loadOlder());
  expect(calls.filter((call) => call.includes("messages"))).toEqual([
    "/rooms/tea/messages?limit=50",
    "/rooms/tea/messages?before=4&limit=50",
  ]);
  expect(ids()).toEqual(["m3", "m4", "m5", "m6", "m7"]);
  expect(used.current.list.hasOlder).toBe(false);
  expect(onLive).toHaveBeenCalledTimes(1);
});

test("a room keeps the read marker of its opening, also after a reset", async () => {
  const used = await render(() => ({ room: useRoom("tea"), list: useMessages("tea"), reads: useReads("tea") }));
  await connect();
  await answerJoin();
  expect(used.current.room).toMatchObject({ role: "member", readSeq: 4, openedReadSeq: 4, resets: 0 });
  expect(used.current.room.info?.id).toBe("tea");
  expect([...used.current.reads]).toEqual([["bob", 3]]);
  await happens(() => {
    client.room("tea").markRead(5);
    net.last().say({ type: "READ_RECEIPT", roomId: "tea", userId: "bob", seq: 5 });
  });
  expect(used.current.room).toMatchObject({ readSeq: 5, openedReadSeq: 4 });
  expect([...used.current.reads]).toEqual([["bob", 5]]);
  await happens(() => net.last().end(1006));
  expect(used.current.room.state.status).toBe("joining");
  expect(used.current.list.messages).toHaveLength(2);
  await act(() => clock.advance(1_000));
  await happens(() => net.last().hello());
  answers["/rooms/tea/messages"] = () => ({ messages: [message(1)], page: { before: null, after: null } });
  await answerJoin({ epoch: "e2", head: 1, readSeq: 0, messages: [message(1)] });
  expect(used.current.room).toMatchObject({ readSeq: 0, openedReadSeq: 0, resets: 1 });
  expect(used.current.list.messages.map(({ id }) => id)).toEqual(["m1"]);
});

test("the room list follows activity", async () => {
  const used = await render(useRooms);
  await connect();
  const list = (): string[] => used.current.rooms.map(({ id, unread }) => `${id} ${unread}`);
  expect(list()).toEqual(["tea 0", "coffee 0"]);
  calls.length = 0;
  answers["/rooms"] = () => ({
    rooms: [entry("coffee", { head: 6, unread: 1, lastMessage: message(6) }), entry("tea")],
    page: { next: null },
  });
  await happens(() => net.last().say({ type: "ROOM_ACTIVITY", roomId: "coffee", head: 6, unread: 1 }));
  // The event has no message text, so the list is refetched.
  expect(calls).toEqual(["/rooms"]);
  expect(list()).toEqual(["coffee 1", "tea 0"]);
  expect(used.current.rooms[0]?.lastMessage?.text).toBe("text 6");
  answers["/rooms"] = () => ({ rooms: [entry("tea")], page: { next: null } });
  await happens(() => net.last().say({ type: "ROOM_REMOVED", roomId: "coffee", reason: "left" }));
  expect(list()).toEqual(["tea 0"]);
});

test("joining a public room adds it to the list", async () => {
  answers["/rooms"] = () => ({ rooms: [entry("coffee")], page: { next: null } });
  const used = await render(() => ({ list: useRooms(), room: useRoom("tea") }));
  await connect();
  expect(used.current.list.rooms.map(({ id }) => id)).toEqual(["coffee"]);
  answers["/rooms"] = () => ({ rooms: [entry("tea"), entry("coffee")], page: { next: null } });
  await answerJoin();
  expect(used.current.list.rooms.map(({ id }) => id)).toEqual(["tea", "coffee"]);
});

test("changes during the first load of the list are not lost", async () => {
  let arrive = (): void => {};
  arrives = new Promise((resolve) => (arrive = resolve));
  const used = await render(useRooms);
  await connect();
  answers["/rooms"] = () => ({ rooms: [entry("new"), entry("tea")], page: { next: null } });
  await happens(() => net.last().say({ type: "ROOM_ADDED", room: entry("new") }));
  await happens(arrive);
  expect(used.current.rooms.map(({ id }) => id)).toEqual(["new", "tea"]);
});

test("presence is requested once, then follows events", async () => {
  const used = await render(() => usePresence(["bob", "eve", "bob"]));
  await connect();
  expect(calls.filter((call) => call.startsWith("/presence")).at(-1)).toBe("/presence?users=bob%2Ceve");
  expect([...used.current.values()]).toEqual([{ userId: "bob", online: true }]);
  await happens(() => net.last().say({ type: "USER_OFFLINE", userId: "bob", lastSeenAt: "x" }));
  await happens(() => net.last().say({ type: "USER_ONLINE", userId: "stranger" }));
  expect([...used.current.values()]).toEqual([{ userId: "bob", online: false, lastSeenAt: "x" }]);
});

test("useTyping follows typing events", async () => {
  const used = await render(() => ({ room: useRoom("tea"), typing: useTyping("tea") }));
  await connect();
  await answerJoin();
  await happens(() =>
    net.last().say({ type: "TYPING", roomId: "tea", userId: "bob", typing: true, expiresInMs: 6_000 }),
  );
  expect(used.current.typing.users).toEqual(["bob"]);
  await act(() => clock.advance(6_000));
  expect(used.current.typing.users).toEqual([]);
  used.current.typing.keystroke();
  expect(net.last().last("TYPING")).toMatchObject({ typing: true });
});

test("a reaction toggles by the user's own state, even if the message does not list all users", async () => {
  const actions = await render(() => useMessageActions("tea"));
  const room = client.room("tea");
  const done: string[] = [];
  vi.spyOn(room, "react").mockImplementation(async (_id, emoji) => void done.push(`+${emoji}`));
  vi.spyOn(room, "unreact").mockImplementation(async (_id, emoji) => void done.push(`-${emoji}`));
  const reactors = (emoji: string, reacted: boolean): void => {
    const path = `/rooms/tea/messages/m5/reactions/${encodeURIComponent(emoji)}`;
    answers[path] = () => ({ count: 311, reacted, users: ["ann"], page: { next: "x" } });
  };
  reactors("🦀", true);
  reactors("🫖", false);
  const row = message(5, {
    reactions: { "👍": ["bob"], "❤️": ["alice"], "🦀": ["bob"], "🫖": ["bob"] },
    reactionCounts: { "🦀": 311, "🫖": 311 },
  });
  const before = calls.length;
  for (const emoji of ["👍", "❤️"]) await actions.current.toggleReaction(row, emoji);
  expect(calls.length).toBe(before);
  for (const emoji of ["🦀", "🫖"]) await actions.current.toggleReaction(row, emoji);
  expect(done).toEqual(["+👍", "-❤️", "-🦀", "+🫖"]);
});
