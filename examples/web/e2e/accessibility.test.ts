import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { TestBrowser } from "./support/browser";
import { screenshotPath } from "./support/paths";
import { Proxy } from "./support/proxy";
import { seedCompany } from "./support/seed";
import { ChatServer } from "./support/server";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

let server: ChatServer;
let browser: TestBrowser;

beforeAll(async () => {
  server = await ChatServer.start();
  await seedCompany(server);
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

/** Takes a screenshot, and checks the page with axe. */
async function check(page: Page, name: string): Promise<void> {
  await page.evaluate(() => document.fonts.ready);
  await page.screenshot({ path: screenshotPath(name) });
  // Through the debugger, as the policy forbids it as a script of the page.
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(
    () => (globalThis as unknown as { axe: { run: () => Promise<AxeResults> } }).axe.run(),
  );
  const told = violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((node) => node.html.slice(0, 120)).join(" | ")}`);
  expect(told, name).toEqual([]);
}

describe.each(["light", "dark"] as const)("%s", (colorScheme) => {
  const context = (more = {}) => browser.context({ colorScheme, reducedMotion: "reduce", ...more });

  test("signing in", async () => {
    const page = await (await context()).newPage();
    browser.watch(page, "nobody");
    await page.goto(server.url);
    await page.getByLabel("Your name").fill("two words");
    await page.getByRole("button", { name: "Continue" }).click();
    await page.getByText("without spaces").waitFor();
    await check(page, `sign-in-${colorScheme}`);
  });

  test("a room and its panels", async () => {
    await browser.open(server.url, "ben", "general");
    const alice = await browser.open(server.url, "alice", "general", await context());
    const { page } = alice;
    await page.locator(".room-row .presence-dot.online").waitFor();
    await alice.rows("rehearsal at 14:00").first().hover();
    await check(page, `room-${colorScheme}`);

    await page.getByRole("button", { name: "2 replies" }).click();
    await page.getByTestId("thread").getByText("yours was great").waitFor();
    await check(page, `thread-${colorScheme}`);
    await page.getByRole("button", { name: "Members", exact: true }).click();
    await page.locator(".member").filter({ hasText: "elena" }).waitFor();
    await check(page, `members-${colorScheme}`);
    await page.getByRole("button", { name: "Search", exact: true }).click();
    await page.getByLabel("Search messages").fill("rehearsal");
    await page.locator(".found-message").first().waitFor();
    await check(page, `search-${colorScheme}`);
    await page.getByRole("button", { name: "Pinned messages" }).click();
    await page.getByText("No pinned messages yet").waitFor();
    await check(page, `pins-${colorScheme}`);
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Close pinned messages" }).click();

    await alice.rows("cake").focus();
    await page.keyboard.press("+");
    await page.getByRole("dialog", { name: "Pick an emoji" }).waitFor();
    await check(page, `emoji-${colorScheme}`);
    await page.keyboard.press("Escape");
    await alice.composer.pressSequentially("and @");
    await page.getByRole("listbox").waitFor();
    await check(page, `mention-${colorScheme}`);
    await alice.composer.fill("");
    await page.getByRole("button", { name: "New conversation" }).click();
    await check(page, `new-room-${colorScheme}`);
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Keyboard shortcuts" }).click();
    await check(page, `shortcuts-${colorScheme}`);
  });

  test("the empty state and an inaccessible room", async () => {
    const empty = await browser.open(server.url, "newcomer", null, await context());
    await empty.page.getByText("You have not joined any rooms yet.").waitFor();
    await check(empty.page, `empty-${colorScheme}`);
    await empty.page.goto(`${server.url}/?room=nowhere`);
    await empty.page.getByText("You cannot open this room.").waitFor();
    await check(empty.page, `closed-room-${colorScheme}`);
    await empty.page.goto(`${server.url}/nowhere`);
    await check(empty.page, `not-found-${colorScheme}`);
  });

  test("without a connection", async () => {
    const proxy = await Proxy.start(server.url);
    const alice = await browser.open(proxy.url, "alice", "design", await context());
    proxy.down();
    await alice.banner.waitFor();
    await alice.send("I'll look at them before lunch.");
    await alice.page.getByText("Waiting for connection").waitFor();
    await check(alice.page, `offline-${colorScheme}`);
    await alice.rows("before lunch").getByRole("button", { name: "Cancel" }).click();
    await proxy.close();
  });

  test("a phone", async () => {
    const phone = await context({ viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 });
    const elena = await browser.open(server.url, "elena", null, phone);
    const link = await elena.roomLink("General");
    await check(elena.page, `phone-rooms-${colorScheme}`);
    await link.click();
    await elena.joined();
    await check(elena.page, `phone-room-${colorScheme}`);
    await elena.page.getByRole("button", { name: "2 replies" }).click();
    await elena.page.getByTestId("thread").getByText("yours was great").waitFor();
    await check(elena.page, `phone-thread-${colorScheme}`);
    await elena.page.getByRole("button", { name: "Close thread" }).click();
    await elena.page.getByRole("button", { name: "Back to rooms" }).click();
    await link.waitFor();
  });
});
