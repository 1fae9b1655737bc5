import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { TestBrowser } from "./support/browser";
import { Proxy } from "./support/proxy";
import { ChatServer } from "./support/server";

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
});

test("malformed frames are counted and do not break the page", async () => {
  const proxy = await Proxy.start(server.url);
  const { page } = await browser.open(proxy.url, "alice", "general");
  for (const frame of ["{", "[]", '{"type":"MESSAGE_CREATED","roomId":"general"}', '{"type":"MESSAGE_CREATED","roomId":7,"rev":"x"}']) {
    proxy.inject(frame);
  }
  // An event from a later version is ignored and does not count as malformed.
  proxy.inject('{"type":"FROM_THE_FUTURE","field":1}');
  const composer = page.getByLabel("Message", { exact: true });
  await composer.fill("still here");
  await composer.press("Enter");
  await page.locator('[data-state="stored"]').filter({ hasText: "still here" }).waitFor();
  await page.getByRole("button", { name: "Keyboard shortcuts" }).click();
  await page.getByTestId("malformed-frames").getByText("4", { exact: true }).waitFor();
  await page.getByTestId("connection-status").getByText("connected", { exact: true }).waitFor();
  expect(browser.complaints).toEqual([]);
  await proxy.close();
});

test("an injected script does not run", async () => {
  const alice = await browser.open(server.url, "alice", "general");
  const refused = await alice.page.evaluate(
    () =>
      new Promise<{ directive: string; ran: boolean }>((resolve) => {
        document.addEventListener("securitypolicyviolation", (event) =>
          resolve({ directive: event.effectiveDirective, ran: "injected" in window }),
        );
        const script = document.createElement("script");
        script.textContent = "window.injected = true";
        document.body.append(script);
      }),
  );
  expect(refused).toEqual({ directive: "script-src-elem", ran: false });
  // The test itself caused the violation.
  browser.complaints.length = 0;
});

test("markup in messages is shown as text", async () => {
  const alice = await browser.open(server.url, "alice", "general");
  const markup = "<img src=x onerror=alert(1)> <b>bold</b> [x](javascript:alert(1))";
  await alice.send(markup);
  await alice.shows([markup], /<img/);
  expect(await alice.rows(markup).locator("img, b, .message-text a").count()).toBe(0);
});

test("Enter during text composition does not send", async () => {
  const alice = await browser.open(server.url, "alice", "general");
  await alice.composer.focus();
  const cdp = await alice.page.context().newCDPSession(alice.page);
  await cdp.send("Input.imeSetComposition", { text: "にほん", selectionStart: 3, selectionEnd: 3 });
  await alice.composer.dispatchEvent("keydown", { key: "Enter", keyCode: 229, isComposing: true, bubbles: true });
  await cdp.send("Input.insertText", { text: "日本" });
  expect(await alice.composer.inputValue()).toBe("日本");
  expect(await alice.rows("日本").count()).toBe(0);
  await alice.composer.press("Enter");
  await alice.shows(["日本"], /日本/);
});
