import { beforeEach, describe, expect, test } from "vitest";
import { ChatClient, type ChatClientOptions, type ConnectionState, LocalClose } from "../src/index.js";
import { FakeClock, settle } from "./fakes/clock.js";
import { fakeSockets } from "./fakes/socket.js";

let clock: FakeClock;
let net: ReturnType<typeof fakeSockets>;
let wake: () => void;

beforeEach(() => {
  clock = new FakeClock();
  net = fakeSockets();
});

function open(options: Partial<ChatClientOptions> = {}): { client: ChatClient; states: ConnectionState[] } {
  const client = new ChatClient("https://example.com/chat/", {
    getToken: () => "a.b.c",
    WebSocket: net.WebSocket,
    clock,
    wake: { onWake: (call) => ((wake = call), () => (wake = () => {})) },
    random: () => 0.5,
    ...options,
  });
  const states: ConnectionState[] = [];
  client.on("state", (state) => states.push(state));
  client.connect();
  return { client, states };
}

async function connected(options: Partial<ChatClientOptions> = {}) {
  const opened = open(options);
  await settle();
  net.last().hello();
  return opened;
}

/** Makes attempts fail, and returns the delays between them. */
async function waits(count: number, states: ConnectionState[]): Promise<number[]> {
  const seen: number[] = [];
  for (let nth = 0; nth < count; nth += 1) {
    net.last().end(1006);
    const state = states.at(-1);
    if (state?.status !== "reconnecting" || state.retryAt === null) throw new Error(JSON.stringify(state));
    seen.push(state.retryAt - clock.now());
    await clock.advance(state.retryAt - clock.now());
  }
  return seen;
}

describe("connecting", () => {
  test("passes through its states, with the token as a subprotocol", async () => {
    const { client, states } = await connected();
    expect(net.last().url).toBe("wss://example.com/chat/ws");
    expect(net.last().protocols).toEqual(["chat.v1", "bearer.a.b.c"]);
    expect(states.map(({ status }) => status)).toEqual(["connecting", "connected"]);
    expect(client.userId).toBe("alice");
    await expect(client.whenConnected()).resolves.toBeUndefined();
  });

  test("can send the token in the query", async () => {
    open({ tokenIn: "query", getToken: () => "a&b" });
    await settle();
    expect(net.last().url).toBe("wss://example.com/chat/ws?token=a%26b");
    expect(net.last().protocols).toEqual(["chat.v1"]);
  });

  test("times out without HELLO or a token", async () => {
    const { states } = open();
    await clock.advance(10_000);
    expect(states.at(-1)).toMatchObject({ status: "reconnecting", code: LocalClose.CONNECT_TIMEOUT });
    expect(net.last().closed).toBe(true);
    const hung = open({ getToken: () => new Promise<string>(() => {}) });
    await clock.advance(10_000);
    expect(hung.states.at(-1)).toMatchObject({ status: "reconnecting", code: LocalClose.CONNECT_TIMEOUT });
  });

  test("retries if the token or the socket fails", async () => {
    const { states } = open({ getToken: () => Promise.reject(new Error("login first")) });
    await settle();
    expect(states.at(-1)).toMatchObject({ code: LocalClose.NO_TOKEN, reason: "Error: login first" });
    const blocked = open({
      WebSocket: class {
        constructor() {
          throw new Error("forbidden");
        }
      } as never,
    });
    await settle();
    expect(blocked.states.at(-1)).toMatchObject({ status: "reconnecting", code: LocalClose.NO_SOCKET });
  });
});

describe("reconnecting", () => {
  test.each([
    ["least", 0, [250, 500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]],
    ["middle", 0.5, [375, 750, 1_500, 3_000, 6_000, 12_000, 15_000, 15_000]],
    ["most", 1 - Number.EPSILON, [500, 1_000, 2_000, 4_000, 8_000, 16_000, 20_000, 20_000]],
  ])("waits twice as long each time, jittered also at the cap: %s", async (_, random, expected) => {
    const { states } = await connected({ random: () => random });
    expect((await waits(8, states)).map(Math.round)).toEqual(expected);
  });

  test("resets the backoff only after a stable connection", async () => {
    const { states } = await connected();
    await waits(3, states);
    net.last().hello();
    await clock.advance(9_999);
    expect(await waits(1, states)).toEqual([3_000]);
    net.last().hello();
    await clock.advance(10_000);
    expect(await waits(1, states)).toEqual([375]);
  });

  test("follows the delay of GOING_AWAY", async () => {
    const { states } = await connected();
    net.last().say({ type: "GOING_AWAY", reconnectAfterMs: 7_300 });
    net.last().end(1012, "restart");
    expect(states.at(-1)).toMatchObject({ status: "reconnecting", retryAt: clock.now() + 7_300, code: 1012 });
    await clock.advance(7_300);
    expect(net.sockets).toHaveLength(2);
    // The advice applies once.
    expect(await waits(1, states)).toEqual([750]);
  });

  test("happens at once when the network is back, or on request", async () => {
    const { client } = await connected();
    net.last().end(1006);
    wake();
    await settle();
    expect(net.sockets).toHaveLength(2);
    net.last().end(1006);
    client.retryNow();
    client.retryNow();
    await settle();
    expect(net.sockets).toHaveLength(3);
    await clock.advance(5_000);
    expect(net.sockets).toHaveLength(3);
  });

  test.each([4003, 1008])("does not, where it cannot help: %i", async (code) => {
    const { client } = await connected();
    net.last().end(code, "too many violations");
    expect(client.state).toEqual({ status: "closed", code, reason: "too many violations" });
    await expect(client.whenConnected()).rejects.toThrow("too many violations");
    await clock.advance(100_000);
    wake();
    await settle();
    expect(net.sockets).toHaveLength(1);
    client.connect();
    await settle();
    expect(net.sockets).toHaveLength(2);
  });

  test("uses the longest delay if the user has too many connections", async () => {
    const { states } = await connected();
    net.last().end(4029);
    expect(states.at(-1)).toMatchObject({ retryAt: clock.now() + 15_000 });
  });

  test("ignores frames of a closed socket", async () => {
    const { client } = await connected();
    const [old] = net.sockets;
    client.disconnect();
    expect(client.state).toMatchObject({ status: "closed", code: LocalClose.DISCONNECTED });
    client.connect();
    await settle();
    old?.hello();
    old?.end(4003);
    expect(client.state.status).toBe("connecting");
    net.last().hello();
    expect(client.state.status).toBe("connected");
  });
});

describe("a token", () => {
  test("that is rejected is refreshed once, then the client closes", async () => {
    const asked: boolean[] = [];
    const { client } = open({ getToken: ({ refresh }) => (asked.push(refresh), `t${asked.length}`) });
    await settle();
    net.last().end(1008, "TOKEN_EXPIRED");
    await clock.advance(0);
    expect(asked).toEqual([false, true]);
    expect(net.last().protocols).toContain("bearer.t2");
    net.last().end(1008, "UNAUTHENTICATED");
    expect(client.state).toMatchObject({ status: "closed", code: 1008, reason: "UNAUTHENTICATED" });
  });

  test("that has expired is replaced", async () => {
    const asked: boolean[] = [];
    const { client } = await connected({ getToken: ({ refresh }) => (asked.push(refresh), "t") });
    net.last().end(4001);
    await clock.advance(0);
    net.last().hello();
    expect(asked).toEqual([false, true]);
    expect(client.state.status).toBe("connected");
  });

  test("that is about to expire is replaced while connected", async () => {
    let tokens = 0;
    const { client } = await connected({ getToken: () => `t${(tokens += 1)}` });
    net.last().say({ type: "TOKEN_EXPIRING", expiresAt: "2100-01-01T00:00:00.000Z" });
    await settle();
    expect(net.last().last("REFRESH_TOKEN")).toMatchObject({ token: "t2" });
    net.last().say({ type: "ACK", ref: net.last().last("REFRESH_TOKEN").ref });
    expect(client.state.status).toBe("connected");
  });
});

describe("a silent connection", () => {
  test("is probed, and dropped without an answer", async () => {
    const { states } = await connected();
    await clock.advance(14_999);
    expect(net.last().sent).toEqual([]);
    await clock.advance(1);
    expect(net.last().sent).toEqual([{ type: "PING" }]);
    await clock.advance(5_000);
    expect(states.at(-1)).toMatchObject({ status: "reconnecting", code: LocalClose.UNRESPONSIVE });
    expect(net.last().closed).toBe(true);
  });

  test("stays open while frames arrive", async () => {
    const { client } = await connected();
    for (let nth = 0; nth < 10; nth += 1) {
      await clock.advance(14_000);
      net.last().say({ type: "USER_ONLINE", userId: "bob" });
    }
    expect(net.last().sent).toEqual([]);
    await clock.advance(15_000);
    net.last().say({ type: "PONG" });
    await clock.advance(10_000);
    expect(client.state.status).toBe("connected");
  });

  test("is probed on wake-up, and when an answer is late", async () => {
    const { client } = await connected({ ackTimeoutMs: 2_000 });
    wake();
    expect(net.last().sent).toEqual([{ type: "PING" }]);
    net.last().say({ type: "PONG" });
    const edited = client.room("tea").edit("m", "x");
    const refused = expect(edited).rejects.toMatchObject({ code: "TIMEOUT", retryable: true });
    await clock.advance(2_000);
    await refused;
    expect(net.last().sent.at(-1)).toEqual({ type: "PING" });
  });
});

describe("frames", () => {
  test("that are malformed are counted and reported, and have no other effect", async () => {
    const { client } = await connected();
    const seen: unknown[] = [];
    client.on("malformed", ({ frame, count }) => seen.push([frame, count]));
    for (const frame of ["{", "null", "7", '{"type":7}', "[]"]) net.last().raw(frame);
    expect(client.malformedFrames).toBe(5);
    expect(seen.at(0)).toEqual(["{", 1]);
    expect(client.state.status).toBe("connected");
  });

  test("of unknown types are reported as unknown", async () => {
    const { client } = await connected();
    const unknown = new Promise((resolve) => client.on("unknown", resolve));
    net.last().say({ type: "MOON_ROSE" });
    expect(await unknown).toEqual({ type: "unknown", event: { type: "MOON_ROSE" } });
    expect(client.malformedFrames).toBe(0);
  });

  test("reach every listener until it unsubscribes", async () => {
    const { client } = await connected();
    const heard: string[] = [];
    const end = client.on("USER_ONLINE", ({ userId }) => heard.push(`one ${userId}`));
    client.on("USER_ONLINE", ({ userId }) => heard.push(`two ${userId}`));
    net.last().say({ type: "USER_ONLINE", userId: "bob" });
    end();
    end();
    net.last().say({ type: "USER_ONLINE", userId: "eve" });
    expect(heard).toEqual(["one bob", "two bob", "two eve"]);
  });
});

test("pending commands fail when the connection is lost", async () => {
  const { client } = await connected();
  const edited = client.room("tea").edit("m", "x");
  net.last().end(1006);
  await expect(edited).rejects.toMatchObject({ code: "DISCONNECTED" });
  await expect(client.room("tea").edit("m", "x")).rejects.toMatchObject({ code: "DISCONNECTED" });
});
