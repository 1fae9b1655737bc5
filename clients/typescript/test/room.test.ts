import { beforeEach, describe, expect, test } from "vitest";
import { type ChangesEvent, ChatClient, type JoinedEvent, type Room } from "../src/index.js";
import { FakeClock, settle } from "./fakes/clock.js";
import { fakeSockets } from "./fakes/socket.js";
import { message } from "./fakes/models.js";

let clock: FakeClock;
let net: ReturnType<typeof fakeSockets>;
let client: ChatClient;
let room: Room;
let told: ChangesEvent[];
let joins: JoinedEvent[];
let calls: string[];
let answers: object[];

beforeEach(async () => {
  clock = new FakeClock();
  net = fakeSockets();
  [told, joins, calls, answers] = [[], [], [], []];
  client = new ChatClient("http://example.com/chat", {
    getToken: () => "t",
    WebSocket: net.WebSocket,
    clock,
    random: () => 0.5,
    fetch: async (input) => {
      calls.push(String(input).replace("http://example.com/chat", ""));
      const answer = answers.shift();
      if (!answer) throw new TypeError("no network");
      return Response.json(answer);
    },
  });
  room = client.room("tea");
  room.on("changes", (changes) => told.push(changes));
  room.on("joined", (joined) => joins.push(joined));
  client.connect();
  await settle();
  net.last().hello();
});

const created = (rev: number): object => ({ type: "MESSAGE_CREATED", roomId: "tea", rev, message: message(rev) });

function answerJoin(more: object = {}): void {
  net.last().say({
    type: "ROOM_JOINED",
    ref: net.last().last("JOIN_ROOM").ref,
    roomId: "tea",
    epoch: "e1",
    head: 5,
    role: "member",
    readSeq: 3,
    recovered: false,
    messages: [message(4), message(5)],
    ...more,
  });
}

async function reconnect(): Promise<void> {
  net.last().end(1006);
  await clock.advance(20_000);
  net.last().hello();
}

const revs = (): (number | null)[] => told.flatMap(({ changes }) => changes.map(({ rev }) => rev));

describe("joining", () => {
  test("delivers the newest messages, then live changes", async () => {
    const joined = room.join({ history: 2 });
    expect(net.last().last("JOIN_ROOM")).toMatchObject({ roomId: "tea", history: 2 });
    expect(room.state).toEqual({ status: "joining" });
    answerJoin();
    expect(await joined).toMatchObject({ recovered: false, again: false, head: 5, readSeq: 3 });
    expect(room.state).toEqual({ status: "joined", role: "member", epoch: "e1" });
    net.last().say(created(6));
    expect(told).toEqual([
      { changes: [{ kind: "message", rev: 6, message: message(6) }], through: 6, live: true },
    ]);
    expect(await room.join()).toMatchObject({ head: 5 });
  });

  test("retries while the server is busy, and fails if it is rejected", async () => {
    void room.join().catch(() => {});
    const { ref } = net.last().last("JOIN_ROOM");
    net.last().say({ type: "ERROR", ref, code: "RATE_LIMITED", message: "slower", retryAfterMs: 3_000 });
    await clock.advance(2_999);
    expect(net.last().sent.filter(({ type }) => type === "JOIN_ROOM")).toHaveLength(1);
    await clock.advance(1);
    const again = net.last().last("JOIN_ROOM");
    expect(again.ref).not.toBe(ref);
    net.last().say({ type: "ERROR", ref: again.ref, code: "NOT_A_MEMBER", message: "no" });
    expect(room.state).toEqual({ status: "failed", code: "NOT_A_MEMBER", reason: "no" });
  });

  test("is counted by retain", async () => {
    const [one, two] = [room.retain(), room.retain()];
    answerJoin();
    one();
    one();
    await clock.advance(4_000);
    expect(room.state.status).toBe("joined");
    two();
    const third = room.retain();
    await clock.advance(4_000);
    expect(room.state.status).toBe("joined");
    third();
    await clock.advance(2_000);
    expect(room.state.status).toBe("left");
    expect(net.last().last("LEAVE_ROOM")).toMatchObject({ roomId: "tea" });
  });
});

describe("a reconnect", () => {
  beforeEach(() => {
    room.retain();
    answerJoin();
    net.last().say(created(6));
    told.length = 0;
  });

  test("resumes after the last position, and missed changes are not live", async () => {
    await reconnect();
    expect(net.last().last("JOIN_ROOM")).toMatchObject({ epoch: "e1", after: 6 });
    answerJoin({ recovered: true, head: 9, messages: undefined });
    expect(room.state.status).toBe("joining");
    net.last().say({ type: "ROOM_SYNC", roomId: "tea", changes: [message(4, { rev: 8 })], through: 8, done: false });
    net.last().say({ type: "ROOM_SYNC", roomId: "tea", changes: [message(9)], through: 9, done: true });
    expect(room.state.status).toBe("joined");
    expect(told.map(({ through, live }) => [through, live])).toEqual([[8, false], [9, false]]);
    expect(joins.at(-1)).toMatchObject({ recovered: true, again: true });
    net.last().say(created(10));
    expect(told.at(-1)).toMatchObject({ through: 10, live: true });
  });

  test("to a replaced log starts over", async () => {
    await reconnect();
    answerJoin({ epoch: "e2", head: 1, readSeq: 0, messages: [message(1)] });
    expect(joins.at(-1)).toMatchObject({ recovered: false, again: true, epoch: "e2" });
    expect(room.through).toBe(1);
    expect(room.readSeq).toBe(0);
    net.last().say(created(2));
    expect(revs()).toEqual([2]);
  });

  test("joins again if a missed change was malformed", async () => {
    await reconnect();
    answerJoin({ recovered: true, head: 9, messages: undefined });
    net.last().raw('{"type":"ROOM_SYNC","roomId":"tea","chan');
    net.last().say({ type: "ROOM_SYNC", roomId: "tea", changes: [message(9)], through: 9, done: true });
    expect(room.state.status).toBe("joining");
    expect(room.through).toBe(6);
    await clock.advance(1_000);
    expect(net.last().last("JOIN_ROOM")).toMatchObject({ after: 6 });
    expect(net.last().sent.filter(({ type }) => type === "JOIN_ROOM")).toHaveLength(2);
  });

  test("joins again if the missed changes do not arrive", async () => {
    await reconnect();
    answerJoin({ recovered: true, head: 9, messages: undefined });
    await clock.advance(10_000);
    expect(net.last().sent.filter(({ type }) => type === "JOIN_ROOM")).toHaveLength(2);
  });
});

describe("the log", () => {
  beforeEach(() => {
    room.retain();
    answerJoin();
  });

  test("is delivered once if events are repeated", () => {
    for (const rev of [6, 6, 5, 7, 6, 7]) net.last().say(created(rev));
    expect(revs()).toEqual([6, 7]);
  });

  test("is delivered in order if events are early", () => {
    for (const rev of [7, 8, 6]) net.last().say(created(rev));
    expect(revs()).toEqual([6, 7, 8]);
  });

  test("is read to fill a gap, as often as needed", async () => {
    answers = [{ changes: [message(6)], through: 6, head: 9, epoch: "e1" }];
    net.last().say(created(9));
    await settle();
    expect(calls).toEqual(["/rooms/tea/changes?after=5", "/rooms/tea/changes?after=6"]);
    expect(revs()).toEqual([6]);
    // The second read failed.
    answers = [{ changes: [message(4, { rev: 8 })], through: 8, head: 9, epoch: "e1" }];
    await clock.advance(1_000);
    expect(calls).toHaveLength(3);
    expect(revs()).toEqual([6, 8, 9]);
    expect(room.through).toBe(9);
  });

  test("is read after a malformed frame, which may have been the last", async () => {
    answers = [{ changes: [message(6)], through: 6, head: 6, epoch: "e1" }];
    net.last().raw('{"type":"MESSAGE_CREATED","roomId":"tea"');
    await settle();
    expect(revs()).toEqual([6]);
    net.last().raw('{"type":7,"roomId":"coffee"}');
    await settle();
    expect(calls).toHaveLength(1);
  });

  test("is joined again if it was replaced", async () => {
    answers = [{ changes: [], through: 1, head: 1, epoch: "e2" }];
    net.last().say(created(9));
    await settle();
    expect(room.state.status).toBe("joining");
    expect(net.last().sent.filter(({ type }) => type === "JOIN_ROOM")).toHaveLength(2);
  });

  test("delivers deletions and hidden messages, and skips positions without a change for this user", () => {
    const deleted = { roomId: "tea", rev: 6, messageId: "m4", seq: 4, deletedAt: "2026-01-01T00:00:00.000Z" };
    net.last().say({ type: "MESSAGE_DELETED", ...deleted });
    net.last().say({ type: "MESSAGE_HIDDEN", roomId: "tea", rev: 7 });
    net.last().say({ type: "MESSAGE_HIDDEN", roomId: "tea", messageId: "m5", seq: 5 });
    net.last().say({ type: "MEMBER_JOINED", roomId: "tea", userId: "eve", role: "member" });
    net.last().say({ type: "MEMBER_LEFT", roomId: "tea", userId: "eve", reason: "left", rev: 8, message: message(8) });
    const { roomId: _, ...change } = deleted;
    expect(told.flatMap(({ changes }) => changes)).toEqual([
      { kind: "deleted", ...change },
      { kind: "hidden", rev: 7 },
      { kind: "hidden", rev: null, messageId: "m5", seq: 5 },
      { kind: "message", rev: 8, message: message(8) },
    ]);
    expect(room.through).toBe(8);
  });

  test("ends when the user is removed, and starts over when the user is added again", () => {
    net.last().say({ type: "ROOM_REMOVED", roomId: "tea", reason: "banned" });
    expect(room.state).toEqual({ status: "removed", reason: "banned" });
    net.last().say(created(6));
    expect(told).toEqual([]);
    net.last().say({ type: "ROOM_ADDED", room: { id: "tea" } });
    const joining = net.last().last("JOIN_ROOM");
    expect(joining).not.toHaveProperty("after");
    answerJoin({ head: 8 });
    expect(joins.at(-1)).toMatchObject({ again: true, recovered: false, head: 8 });
  });
});

describe("outside of the log", () => {
  beforeEach(() => {
    room.retain();
    answerJoin();
  });

  const typing = (userId: string, more: object = {}): void =>
    net.last().say({ type: "TYPING", roomId: "tea", userId, typing: true, expiresInMs: 6_000, ...more });

  test("typing users time out", async () => {
    const seen: (readonly string[])[] = [];
    room.on("typing", (users) => seen.push(users));
    typing("bob");
    typing("alice");
    typing("eve", { expiresInMs: 9_000 });
    await clock.advance(5_000);
    typing("bob");
    await clock.advance(5_000);
    net.last().say(created(6));
    expect(seen).toEqual([["bob"], ["bob", "eve"], ["bob"], []]);
    typing("eve");
    net.last().end(1006);
    expect(room.typing).toEqual([]);
  });

  test("typing is sent at intervals, never queued, and ends by itself", async () => {
    const told = (): unknown[] => net.last().sent.flatMap((c) => (c.type === "TYPING" ? [c.typing] : []));
    for (let key = 0; key < 30; key += 1) {
      room.keystroke();
      await clock.advance(100);
    }
    expect(told()).toEqual([true, true]);
    await clock.advance(5_000);
    expect(told()).toEqual([true, true, false]);
    room.keystroke();
    room.send("done");
    expect(told()).toEqual([true, true, false, true, false]);
    net.last().end(1006);
    room.keystroke();
    await clock.advance(1_000);
    net.last().hello();
    answerJoin({ recovered: true });
    expect(told()).toEqual([]);
  });

  test("the read marker moves forward with few commands, also over a lost connection", async () => {
    const sent = (): unknown[] => net.last().sent.flatMap((c) => (c.type === "MARK_READ" ? [c.seq] : []));
    for (const seq of [4, 5, 2, 3, 5]) room.markRead(seq);
    expect(room.readSeq).toBe(5);
    expect(sent()).toEqual([4]);
    net.last().say({ type: "ACK", ref: net.last().last("MARK_READ").ref });
    expect(sent()).toEqual([4, 5]);
    await reconnect();
    expect(sent()).toEqual([]);
    answerJoin({ recovered: true, readSeq: 4, messages: undefined });
    net.last().say({ type: "ROOM_SYNC", roomId: "tea", changes: [], through: 5, done: true });
    expect(sent()).toEqual([5]);
    net.last().say({ type: "ACK", ref: net.last().last("MARK_READ").ref });
    net.last().say({ type: "READ_RECEIPT", roomId: "tea", userId: "alice", seq: 9 });
    expect(room.readSeq).toBe(9);
    expect(sent()).toEqual([5]);
  });
});
