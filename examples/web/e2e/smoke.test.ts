import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { TestBrowser } from "./support/browser";
import type { ServerName } from "./support/paths";
import { ChatServer } from "./support/server";
import { until } from "./support/until";

describe.each<ServerName>(["axum-server", "actix-web-server"])("on %s", (name) => {
  let server: ChatServer;
  let browser: TestBrowser;

  beforeAll(async () => {
    server = await ChatServer.start({ name });
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

  test("two users chat: edit, react, reply, thread, delete", async () => {
    const alice = await browser.open(server.url, "alice", "general");
    const bob = await browser.open(server.url, "bob", "general");
    await alice.send("hello bob");
    await bob.shows(["hello bob"], /hello/);

    await alice.composer.press("ArrowUp");
    await alice.page.getByLabel("Edit message").fill("hello, dear bob");
    await alice.page.getByLabel("Edit message").press("Enter");
    await bob.rows("hello, dear bob").getByText("(edited)").waitFor();

    const row = bob.rows("hello, dear bob");
    await row.hover();
    await row.getByRole("button", { name: "React" }).click();
    await bob.page.getByRole("button", { name: "party" }).click();
    await alice.rows("hello, dear bob").getByRole("button", { name: /🎉 1, by bob/ }).click();
    await row.getByRole("button", { name: /🎉 2/ }).waitFor();

    await row.focus();
    await bob.page.keyboard.press("r");
    await bob.send("hello yourself");
    await alice.rows("hello yourself").locator(".quote").getByText("hello, dear bob").waitFor();

    await alice.rows("hello, dear bob").focus();
    await alice.page.keyboard.press("t");
    await alice.page.getByLabel("Reply in thread").fill("in the thread");
    await alice.page.getByLabel("Reply in thread").press("Enter");
    await row.getByRole("button", { name: /1 reply/ }).click();
    await bob.page.getByTestId("thread").getByText("in the thread").waitFor();
    expect(await bob.rows("in the thread").count()).toBe(0);
    await bob.page.keyboard.press("Escape");
    await bob.page.getByTestId("thread").waitFor({ state: "detached" });

    await bob.rows("hello yourself").hover();
    await bob.rows("hello yourself").getByRole("button", { name: "More actions" }).click();
    await bob.page.getByRole("menuitem", { name: "Delete for everyone" }).click();
    await alice.rows("This message was deleted.").waitFor();
  });

  test("names are suggested after an @, and the mentioned user sees the room", async () => {
    const alice = await browser.open(server.url, "alice", "general");
    await browser.open(server.url, "bob", "general");
    const away = await browser.open(server.url, "bob", null);
    await alice.composer.pressSequentially("ping @bo");
    await alice.page.getByRole("option", { name: "bob" }).waitFor();
    await alice.composer.press("Enter");
    expect(await alice.composer.inputValue()).toBe("ping @bob ");
    await alice.composer.press("Enter");
    await alice.rows("ping @bob").locator(".mention-name").waitFor();
    await (await away.roomLink("General")).waitFor();
  });

  test("rooms are created, joined, renamed and left, and members are added and promoted", async () => {
    const alice = await browser.open(server.url, "alice", null);
    const bob = await browser.open(server.url, "bob", null);
    const begin = async (of: typeof alice, way: string, fields: Record<string, string>, submit: string) => {
      await of.page.getByRole("button", { name: "New conversation" }).click();
      await of.page.locator(".way").filter({ hasText: way }).click();
      for (const [label, text] of Object.entries(fields)) await of.page.getByLabel(label, { exact: true }).fill(text);
      await of.page.getByRole("button", { name: submit }).click();
      await of.joined();
    };
    await begin(alice, "Group", { Name: "Secret plans", Members: "bob, carol" }, "Create group");
    await (await bob.roomLink("Secret plans")).click();
    await bob.joined();
    await alice.send("between us");
    await bob.shows(["between us"], /between us/);

    await alice.page.getByRole("button", { name: "Members", exact: true }).click();
    await alice.page.locator(".member").filter({ hasText: "bob" }).click();
    await alice.page.getByRole("menuitem", { name: "Make moderator" }).click();
    await alice.page.locator(".member").filter({ hasText: "bob" }).getByText("moderator").waitFor();
    await alice.page.getByLabel("Add a member").fill("dave");
    await alice.page.getByRole("button", { name: "Add", exact: true }).click();
    await alice.page.locator(".member").filter({ hasText: "dave" }).waitFor();
    await bob.page.getByTestId("messages").getByText("dave joined").waitFor();

    await bob.rows("between us").hover();
    await bob.rows("between us").getByRole("button", { name: "More actions" }).click();
    await bob.page.getByRole("menuitem", { name: "Pin", exact: true }).click();
    await alice.rows("between us").getByText("Pinned by bob").waitFor();
    await alice.page.getByRole("button", { name: "Pinned messages" }).click();
    await alice.page.locator(".found-message").filter({ hasText: "between us" }).waitFor();

    await alice.page.getByRole("button", { name: "Room menu" }).click();
    await alice.page.getByRole("menuitem", { name: "Rename" }).click();
    await alice.page.getByLabel("Name", { exact: true }).fill("Open secrets");
    await alice.page.getByRole("button", { name: "Rename" }).click();
    await bob.page.getByRole("heading", { name: "Open secrets" }).waitFor();
    await bob.page.getByRole("button", { name: "Room menu" }).click();
    await bob.page.getByRole("menuitem", { name: "Leave room" }).click();
    await bob.page.locator(".room-row").filter({ hasText: "Open secrets" }).waitFor({ state: "detached" });

    await begin(alice, "Direct", { "User name": "bob" }, "Start chatting");
    await alice.page.getByRole("heading", { name: "bob" }).waitFor();
    await alice.send("just you");
    const direct = await bob.roomLink("alice");
    await direct.locator(".badge").waitFor();
    await direct.click();
    await bob.shows(["just you"], /just you/);

    await begin(alice, "Public", { Name: "Coffee break" }, "Create room");
    await begin(bob, "Join", { "Room name": "Coffee break" }, "Join room");
    await alice.send("fresh coffee");
    await bob.shows(["fresh coffee"], /coffee/);
  });

  test("presence follows users", async () => {
    await server.call("alice", "POST", "/rooms", { kind: "direct", members: ["zoe"] });
    const alice = await browser.open(server.url, "alice", null);
    const link = await alice.roomLink("zoe");
    await link.locator(".presence-dot:not(.online)").waitFor();
    const zoe = await browser.open(server.url, "zoe", null);
    await link.locator(".presence-dot.online").waitFor();
    await zoe.page.context().close();
    await link.locator(".presence-dot:not(.online)").waitFor();
  });

  test("the app works with the keyboard alone", async () => {
    const kim = await browser.open(server.url, "kim", "general");
    const { page, composer } = kim;
    // Opening a public room makes the user a member.
    await kim.roomLink("General");
    const active = () => page.evaluate(() => document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.className ?? "");
    await composer.fill("one");
    await composer.press("Enter");
    await page.locator('[data-state="stored"]').filter({ hasText: "one" }).waitFor();
    await page.keyboard.press("Control+k");
    expect(await active()).toBe("Find a room");
    await page.keyboard.press("Tab");
    expect(await active()).toContain("room-row");
    await page.keyboard.press("Control+/");
    await page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.locator(".message").last().focus();
    await page.keyboard.press("ArrowUp");
    await until("the previous message to have the focus", async () => (await active()) !== "" && page.evaluate(() => document.activeElement?.classList.contains("message")));
    await page.keyboard.press("Escape");
    expect(await active()).toBe("Message");
  });
});
