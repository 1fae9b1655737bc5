import { ChatClient } from "chat-core-client";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { ChatServer } from "./support/server";
import { until } from "./support/until";

const CROWD = 200;
const BUCKETS = 10;
/** With 200 in 10 buckets 20 are expected; more than this happens to a fair crowd once in a million runs. */
const MOST_IN_A_BUCKET = 45;

let server: ChatServer;
let clients: ChatClient[];
/** How long each client said it would wait after its first loss. */
let waits: number[];

beforeEach(async () => {
  server = await ChatServer.start();
  waits = [];
  clients = Array.from({ length: CROWD }, (_, place) => {
    // One user may have only so many connections.
    const token = server.token(`user-${place}`);
    const client = new ChatClient(`${server.url}/chat`, { getToken: () => token, WebSocket, outboxStorage: null });
    const off = client.on("state", (state) => {
      if (state.status !== "reconnecting" || state.retryAt === null) return;
      waits.push(state.retryAt - Date.now());
      off();
    });
    client.connect();
    return client;
  });
  await Promise.all(clients.map((client) => client.whenConnected()));
});

afterEach(async () => {
  for (const client of clients) client.disconnect();
  await server.close();
});

/** How many waits fall into each tenth of this span; those outside of it count to its ends. */
function histogram(from: number, to: number): number[] {
  const counts = new Array<number>(BUCKETS).fill(0);
  for (const wait of waits) {
    const bucket = Math.floor(((wait - from) / (to - from)) * BUCKETS);
    const place = Math.min(BUCKETS - 1, Math.max(0, bucket));
    counts[place] = (counts[place] ?? 0) + 1;
  }
  return counts;
}

async function allAreBack(): Promise<void> {
  await until("all are connected again", () => clients.every((client) => client.state.status === "connected"), 40_000);
}

describe("a crowd of 200 comes back spread out", () => {
  test("after a server that died", async () => {
    await server.kill();
    await until("all have noticed", () => waits.length === CROWD);
    await server.start();
    await allAreBack();
    // The first wait is between half of 500 ms and the whole.
    expect(Math.max(...histogram(250, 500))).toBeLessThan(MOST_IN_A_BUCKET);
  });

  test("after a server that said when to come back", async () => {
    await server.stop();
    await until("all have noticed", () => waits.length === CROWD);
    await server.start();
    await allAreBack();
    // The server advises each of them another time within 5 seconds.
    expect(Math.max(...histogram(0, 5000))).toBeLessThan(MOST_IN_A_BUCKET);
  });
});
