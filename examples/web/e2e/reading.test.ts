import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { TestBrowser } from "./support/browser";
import { say, sayMany } from "./support/seed";
import { ChatServer } from "./support/server";
import { until } from "./support/until";

let server: ChatServer;
let browser: TestBrowser;

beforeAll(async () => {
  server = await ChatServer.start();
  browser = await TestBrowser.launch();
});

afterEach(async () => {
  await browser.closeContexts();
});

afterAll(async () => {
  await browser.close();
  await server.close();
  expect(browser.complaints).toEqual([]);
});

const numbered = (count: number) => Array.from({ length: count }, (_, place) => `line ${place + 1}${" and more".repeat(place % 17)}`);

async function room(id: string, texts: readonly string[], ...members: string[]): Promise<void> {
  await server.call("bob", "POST", "/rooms", { id, kind: "public", name: id, members: [] });
  for (const member of members) await server.call(member, "POST", `/rooms/${id}/join`);
  await sayMany(server, "bob", id, texts);
}

/** Returns the first visible message, and its distance from the upper edge of the list. */
function firstVisible(page: Page, scrollTo?: number): Promise<{ key: string; top: number; rows: number }> {
  return page.getByTestId("messages").evaluate((list, top) => {
    // In one call, so that no page can arrive in between.
    if (top !== undefined) list.scrollTo({ top });
    const edge = list.getBoundingClientRect().top;
    const rows = [...list.querySelectorAll<HTMLElement>(".message")];
    const row = rows.find((each) => each.getBoundingClientRect().bottom > edge);
    return { key: row?.dataset["key"] ?? "", top: (row?.getBoundingClientRect().top ?? 0) - edge, rows: rows.length };
  }, scrollTo);
}

function topOf(page: Page, key: string): Promise<number> {
  return page.getByTestId("messages").evaluate((list, wanted) => {
    const row = [...list.querySelectorAll<HTMLElement>("[data-key]")].find((each) => each.dataset["key"] === wanted);
    return (row?.getBoundingClientRect().top ?? Number.NaN) - list.getBoundingClientRect().top;
  }, key);
}

test("loading older messages does not move visible ones", async () => {
  await room("long", numbered(300), "alice");
  await server.call("alice", "PUT", "/rooms/long/read", { seq: 300 });
  const { page } = await browser.open(server.url, "alice", "long");
  let pages = 0;
  while (!(await page.getByText("This is the start of the conversation.").isVisible())) {
    // To the very top, where no browser applies scroll anchoring.
    const seen = await firstVisible(page, 0);
    await until("an older page", async () => (await firstVisible(page)).rows > seen.rows);
    const moved = (await topOf(page, seen.key)) - seen.top;
    expect(Math.abs(moved)).toBeLessThanOrEqual(2);
    pages += 1;
  }
  expect(pages).toBeGreaterThanOrEqual(3);
  const texts = await page.getByTestId("messages").locator(".message-text").allInnerTexts();
  expect(texts).toEqual(numbered(300));
});

test("new messages while reading older ones do not move the list, are counted, and are one click away", async () => {
  await room("busy", numbered(80), "alice");
  await server.call("alice", "PUT", "/rooms/busy/read", { seq: 80 });
  const alice = await browser.open(server.url, "alice", "busy");
  await alice.page.getByTestId("messages").evaluate((list) => list.scrollTo({ top: list.scrollHeight / 2 }));
  await alice.page.getByTestId("jump").waitFor();
  const seen = await firstVisible(alice.page);
  await sayMany(server, "bob", "busy", ["new 1", "new 2", "new 3"]);
  await alice.page.getByTestId("jump").filter({ hasText: "3 new messages" }).waitFor();
  expect(Math.abs((await topOf(alice.page, seen.key)) - seen.top)).toBeLessThanOrEqual(2);

  await alice.page.getByTestId("jump").click();
  await alice.page.getByTestId("jump").waitFor({ state: "detached" });
  const last = alice.rows("new 3");
  const box = await last.boundingBox();
  expect(box !== null && box.y + box.height <= 800).toBe(true);

  // At the end, the list follows new messages.
  await say(server, "bob", "busy", "new 4");
  await alice.rows("new 4").waitFor();
  await until("the newest message to be visible", async () => {
    const at = await alice.rows("new 4").boundingBox();
    return at !== null && at.y + at.height <= 800;
  });
});

test("a divider marks unread messages, and reading them clears the badge", async () => {
  await room("unread", ["old 1", "old 2"], "alice");
  await server.call("alice", "PUT", "/rooms/unread/read", { seq: 2 });
  await sayMany(server, "bob", "unread", ["new 1", "new 2"]);
  const alice = await browser.open(server.url, "alice", null);
  const link = await alice.roomLink("unread");
  await link.locator(".badge").getByText("2", { exact: true }).waitFor();
  await link.click();
  await alice.joined();
  const order = await alice.page.getByTestId("messages").locator(".message-text, .unread-divider").allInnerTexts();
  expect(order).toEqual(["old 1", "old 2", "New", "new 1", "new 2"]);
  await until("the server to know", async () => {
    const { rooms } = await server.call<{ rooms: { id: string; unread: number }[] }>("alice", "GET", "/rooms");
    return rooms.find((each) => each.id === "unread")?.unread === 0;
  });
});

test("only live messages are announced", async () => {
  await room("quiet", ["history 1", "history 2"], "alice");
  const alice = await browser.open(server.url, "alice", "quiet");
  const log = alice.page.getByRole("log");
  await alice.rows("history 2").waitFor();
  await alice.send("my own");
  await alice.shows(["my own"], /my own/);
  await say(server, "bob", "quiet", "news");
  await log.getByText("bob: news").waitFor({ state: "attached" });
  expect(await log.locator("p").allInnerTexts()).toEqual(["bob: news"]);
});

test("other users see typing and read markers", async () => {
  await room("together", ["hello"], "alice", "carol");
  const alice = await browser.open(server.url, "alice", "together");
  const carol = await browser.open(server.url, "carol", "together");
  await carol.composer.pressSequentially("hm");
  await alice.page.getByTestId("typing").getByText("carol is typing").waitFor();
  await carol.composer.fill("");
  await alice.page.getByTestId("typing").getByText("carol is typing").waitFor({ state: "detached" });
  await alice.send("read this");
  await alice.rows("read this").getByTestId("readers").and(alice.page.getByLabel(/Read by.*carol/)).waitFor();
});

test("an old message is shown in its place, with a way back to the newest", async () => {
  await room("archive", numbered(250), "alice");
  const { page } = await browser.open(server.url, "alice", "archive");
  await page.getByRole("button", { name: "Search", exact: true }).click();
  await page.getByLabel("Search messages").fill("line 20 ");
  await page.locator(".found-message").filter({ hasText: "line 20 " }).first().click();
  const target = page.locator(".message.target");
  await target.getByText("line 20 ").waitFor();
  await until("the message to be visible", async () => {
    const box = await target.boundingBox();
    return box !== null && box.y > 64 && box.y + box.height < 760;
  });
  await page.getByTestId("jump").click();
  await page.getByTestId("messages").getByText(/^line 250/).waitFor();
});
