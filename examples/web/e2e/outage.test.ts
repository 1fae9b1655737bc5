import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { ChatPage } from "./support/chat-page";
import { TestBrowser } from "./support/browser";
import { Proxy } from "./support/proxy";
import { ChatServer } from "./support/server";
import { until } from "./support/until";

let browser: TestBrowser;
let server: ChatServer;

beforeAll(async () => {
  browser = await TestBrowser.launch();
});

beforeEach(async () => {
  server = await ChatServer.start();
});

afterEach(async () => {
  await browser.closeContexts();
  await server.close();
});

afterAll(async () => {
  await browser.close();
  expect(browser.complaints).toEqual([]);
});

const OFFLINE = ["offline 1", "offline 2", "offline 3"];

async function writeOffline(page: ChatPage): Promise<void> {
  for (const text of OFFLINE) await page.send(text);
  await page.rows("offline 3").and(page.page.locator('[data-state="queued"], [data-state="sending"]')).waitFor();
}

test("messages written while the server is down appear once and in order in every tab after its restart", async () => {
  const context = await browser.context();
  const alice = await browser.open(server.url, "alice", "general", context);
  const second = await browser.open(server.url, "alice", "general", context);
  const bob = await browser.open(server.url, "bob", "general");
  await server.kill();
  for (const page of [alice, second, bob]) await page.banner.waitFor();
  await writeOffline(alice);

  await server.start();
  for (const page of [alice, second, bob]) await page.shows(OFFLINE, /^offline \d$/);
  for (const page of [alice, second, bob]) await page.banner.waitFor({ state: "detached" });
});

test("after a lost connection, missed messages arrive first, then the user's own offline messages", async () => {
  const proxy = await Proxy.start(server.url);
  const alice = await browser.open(proxy.url, "alice", "general");
  const bob = await browser.open(server.url, "bob", "general");
  await alice.send("line 0");
  await bob.shows(["line 0"], /^line \d$/);

  proxy.down();
  await alice.banner.waitFor();
  await bob.send("line 1");
  await bob.shows(["line 0", "line 1"], /^line \d$/);
  await alice.send("line 2");
  await alice.send("line 3");
  proxy.up();
  const all = ["line 0", "line 1", "line 2", "line 3"];
  await alice.shows(all, /^line \d$/);
  await bob.shows(all, /^line \d$/);
  await proxy.close();
});

test("an unresponsive server is detected", async () => {
  const alice = await browser.open(server.url, "alice", "general");
  server.pause();
  // No socket is closed, so only the unanswered probe reveals it.
  await alice.banner.filter({ hasText: "Connection lost" }).waitFor({ timeout: 40_000 });
  await alice.send("to the paused");
  server.goOn();
  await alice.shows(["to the paused"], /to the paused/);
});

test("the reconnect delays are as documented", async () => {
  const proxy = await Proxy.start(server.url);
  const context = await browser.context();
  await context.addInitScript(() => {
    Math.random = () => 0.5;
    const attempts: number[] = [];
    Object.assign(window, { attempts });
    window.WebSocket = class extends WebSocket {
      constructor(url: string | URL, protocols?: string | string[]) {
        super(url, protocols);
        attempts.push(Date.now());
      }
    };
  });
  await context.clock.install();
  const alice = await browser.open(proxy.url, "alice", "general", context);
  const { page: tab } = alice;
  const attempts = () => tab.evaluate(() => (window as unknown as { attempts: number[] }).attempts);
  // From here on the test controls the time. After 10 seconds the connection counts as stable.
  await tab.clock.pauseAt((await tab.evaluate(() => Date.now())) + 11_000);
  const before = (await attempts()).length;
  proxy.down();

  // d/2 + random * d/2 of d = 500, 1000, … up to 20,000.
  const expected = [375, 750, 1500, 3000, 6000, 12_000, 15_000, 15_000];
  for (const [failed, wait] of expected.entries()) {
    await tab.locator(`.banner[data-attempt="${failed + 1}"]`).filter({ hasText: "Trying again in" }).waitFor();
    await tab.clock.runFor(wait - 1);
    expect(await attempts()).toHaveLength(before + failed);
    await tab.clock.runFor(1);
    await until(`attempt ${failed + 1}`, async () => (await attempts()).length === before + failed + 1);
  }
  // Wait until the last attempt has failed, as a pending one could succeed once the proxy is up.
  const waits = tab.locator(`.banner[data-attempt="${expected.length + 1}"]`).filter({ hasText: "Trying again in" });
  await waits.waitFor();
  proxy.up();
  await tab.clock.resume();
  await alice.page.getByRole("button", { name: "Try now" }).click();
  await alice.banner.waitFor({ state: "detached" });
  await proxy.close();
});
