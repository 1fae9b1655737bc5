import { ChatClient } from "chat-core-client";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { ChatServer } from "./support/server";
import { until } from "./support/until";

const CROWD = 200;
const BUCKETS = 10;
/** The expected number is 20. A fair distribution exceeds this limit once in a million runs. */
const MOST_IN_A_BUCKET = 45;

let server: ChatServer;
let clients: ChatClient[];
/** The delay that each client chose after its first lost connection. */
let waits: number[];

beforeEach(async () => {
  server = await ChatServer.start();
  waits = [];
  clients = Array.from({ length: CROWD }, (_, place) => {
    // One user per client, as the connections per user are limited.
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

/** Counts the delays in each tenth of a range. Delays outside of it count towards its ends. */
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
  await until("all clients to reconnect", () => clients.every((client) => client.state.status === "connected"), 40_000);
}

describe("200 clients reconnect spread out", () => {
  test("after a server crash", async () => {
    await server.kill();
    await until("all clients to notice", () => waits.length === CROWD);
    await server.start();
    await allAreBack();
    // The first delay is between 250 and 500 ms.
    expect(Math.max(...histogram(250, 500))).toBeLessThan(MOST_IN_A_BUCKET);
  });

  test("after a graceful shutdown with advised delays", async () => {
    await server.stop();
    await until("all clients to notice", () => waits.length === CROWD);
    await server.start();
    await allAreBack();
    // The server advises each client a different delay of up to 5 seconds.
    expect(Math.max(...histogram(0, 5000))).toBeLessThan(MOST_IN_A_BUCKET);
  });
});
