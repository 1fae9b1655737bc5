import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { TestBrowser } from "./support/browser";
import { type Frame, Proxy } from "./support/proxy";
import { ChatServer } from "./support/server";

let server: ChatServer;
let browser: TestBrowser;
let proxy: Proxy;

beforeAll(async () => {
  server = await ChatServer.start();
  browser = await TestBrowser.launch();
});

beforeEach(async () => {
  proxy = await Proxy.start(server.url);
});

afterEach(async () => {
  await browser.closeContexts();
  await proxy.close();
});

afterAll(async () => {
  await browser.close();
  await server.close();
  expect(browser.complaints).toEqual([]);
});

/** Returns true for the acknowledgement of a message and for its event. */
const isAnswer = (frame: Frame) => frame.to === "client" && ["MESSAGE_ACK", "MESSAGE_CREATED"].includes(frame.json.type ?? "");

/** Returns how many times the server has stored a message. */
async function stored(text: string): Promise<number> {
  const { messages } = await server.call<{ messages: { text: string }[] }>("alice", "GET", "/rooms/general/messages?limit=100");
  return messages.filter((message) => message.text === text).length;
}

test("a message is shown before the server has it, and stays one row", async () => {
  const alice = await browser.open(proxy.url, "alice", "general");
  proxy.gate = (frame) => (isAnswer(frame) ? "hold" : "pass");
  await alice.send("optimistic");

  const row = alice.rows("optimistic");
  await row.and(alice.page.locator('[data-state="sending"]')).waitFor();
  const element = await row.elementHandle();
  expect(await row.count()).toBe(1);

  proxy.gate = () => "pass";
  proxy.release();
  await row.and(alice.page.locator('[data-state="stored"]')).waitFor();
  expect(await row.count()).toBe(1);
  // The row is reused, so that it does not flicker and keeps the focus.
  expect(await element?.evaluate((each) => each.isConnected)).toBe(true);
});

for (const [order, sorted] of [
  ["acknowledgement first", (frames: Frame[]) => frames.toSorted((a, b) => rank(a, b, "MESSAGE_ACK"))],
  ["event first", (frames: Frame[]) => frames.toSorted((a, b) => rank(a, b, "MESSAGE_CREATED"))],
] as const) {
  test(`one row in either order: ${order}`, async () => {
    const text = `reordered, ${order}`;
    const alice = await browser.open(proxy.url, "alice", "general");
    proxy.gate = (frame) => (isAnswer(frame) ? "hold" : "pass");
    await alice.send(text);
    await expect.poll(() => proxy.heldFrames().length).toBe(2);
    proxy.gate = () => "pass";
    proxy.release(sorted);
    await alice.shows([text], new RegExp(text));
    // A later message proves that both frames were handled.
    await alice.send(`${text}, next`);
    await alice.shows([text, `${text}, next`], new RegExp(text));
    expect(await stored(text)).toBe(1);
  });
}

function rank(a: Frame, b: Frame, first: string): number {
  return Number(b.json.type === first) - Number(a.json.type === first);
}

test("a lost acknowledgement leads to a retry without a duplicate", async () => {
  const alice = await browser.open(proxy.url, "alice", "general");
  const bob = await browser.open(server.url, "bob", "general");
  proxy.gate = (frame) => (isAnswer(frame) ? "drop" : "pass");
  await alice.send("lost");
  await bob.shows(["lost"], /^lost$/);

  // The server has stored the message, but the page loses the connection before it knows.
  proxy.gate = () => "pass";
  proxy.cut();
  await alice.shows(["lost"], /^lost$/);
  const sends = () => proxy.seen.filter((frame) => frame.json.type === "SEND_MESSAGE" && frame.json["text"] === "lost");
  expect(new Set(sends().map((frame) => frame.json["clientMessageId"])).size).toBe(1);
  await bob.send("after it");
  await alice.shows(["lost", "after it"], /^(lost|after it)$/);
  await bob.shows(["lost", "after it"], /^(lost|after it)$/);
  expect(await stored("lost")).toBe(1);
});

test("a missing answer leads to a retry on the same connection", async () => {
  const alice = await browser.open(proxy.url, "alice", "general");
  let dropped = 0;
  proxy.gate = (frame) => (isAnswer(frame) && dropped++ < 2 ? "drop" : "pass");
  await alice.send("unanswered");
  await alice.shows(["unanswered"], /^unanswered$/);
  const sends = proxy.seen.filter((frame) => frame.json.type === "SEND_MESSAGE");
  expect(sends.length).toBeGreaterThan(1);
  expect(await stored("unanswered")).toBe(1);
});

test("a rejected message is shown as failed, and can be retried or discarded", async () => {
  const until = new Date(Date.now() + 60 * 60 * 1000).toISOString();
  await server.call("owner", "POST", "/rooms", { id: "strict", kind: "public", name: "Strict", members: [] });
  await server.call("alice", "POST", "/rooms/strict/join");
  await server.call("owner", "PUT", "/rooms/strict/mutes/alice", { until });
  const alice = await browser.open(proxy.url, "alice", "strict");
  const failed = alice.page.locator('[data-state="failed"]');
  await alice.send("one");
  await failed.filter({ hasText: "one" }).getByText("Not sent.").waitFor();
  await alice.send("two");
  await failed.filter({ hasText: "two" }).getByRole("button", { name: "Discard" }).click();
  await alice.rows("two").waitFor({ state: "detached" });

  await server.call("owner", "DELETE", "/rooms/strict/mutes/alice");
  await failed.filter({ hasText: "one" }).getByRole("button", { name: "Retry" }).click();
  await alice.shows(["one"], /^(one|two)$/);
});

test("a waiting message survives a reload, and can be cancelled", async () => {
  const alice = await browser.open(proxy.url, "alice", "general");
  proxy.gate = (frame) => (frame.json.type === "SEND_MESSAGE" ? "drop" : "pass");
  await alice.send("before the reload");
  await alice.rows("before the reload").waitFor();
  await alice.page.reload();
  proxy.gate = () => "pass";
  await alice.shows(["before the reload"], /before the reload/);
  expect(await stored("before the reload")).toBe(1);

  proxy.down();
  await alice.banner.waitFor();
  await alice.send("a mistake");
  await alice.rows("a mistake").getByRole("button", { name: "Cancel" }).click();
  await alice.rows("a mistake").waitFor({ state: "detached" });
  proxy.up();
  await alice.banner.waitFor({ state: "detached" });
  await alice.send("no mistake");
  await alice.shows(["no mistake"], /mistake/);
  expect(await stored("a mistake")).toBe(0);
});
