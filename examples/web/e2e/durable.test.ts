import { afterAll, beforeAll, expect, test } from "vitest";
import { TestBrowser } from "./support/browser";
import { Mongo } from "./support/mongo";
import { ChatServer } from "./support/server";

let mongo: Mongo;
let server: ChatServer;
let browser: TestBrowser;

beforeAll(async () => {
  mongo = await Mongo.start();
  server = await ChatServer.start({ env: { MONGODB_URI: mongo.uri, CHAT_MONGODB_DB: "web" } });
  browser = await TestBrowser.launch();
});

afterAll(async () => {
  await browser.close();
  await server.close();
  await mongo.close();
  expect(browser.complaints).toEqual([]);
});

test("with a durable store, a killed server loses nothing, and messages written offline follow", async () => {
  const context = await browser.context();
  const alice = await browser.open(server.url, "alice", "general", context);
  const second = await browser.open(server.url, "alice", "general", context);
  const bob = await browser.open(server.url, "bob", "general");
  const all = [alice, second, bob];
  await alice.send("line 0");
  await bob.shows(["line 0"], /^line \d$/);
  await bob.send("line 1");
  for (const page of all) await page.shows(["line 0", "line 1"], /^line \d$/);

  await server.kill();
  for (const page of all) await page.banner.waitFor();
  for (const text of ["line 2", "line 3", "line 4"]) await alice.send(text);
  await alice.rows("line 4").waitFor();
  await server.start();
  const lines = ["line 0", "line 1", "line 2", "line 3", "line 4"];
  for (const page of all) await page.shows(lines, /^line \d$/);

  const { messages } = await server.call<{ messages: { text: string }[] }>("bob", "GET", "/rooms/general/messages");
  expect(messages.map((message) => message.text)).toEqual(lines);
});
