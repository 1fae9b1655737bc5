import { test } from "vitest";
import { TestBrowser } from "./support/browser";
import { ChatServer } from "./support/server";
import { seedCompany } from "./support/seed";
test("shots", async () => {
  const server = await ChatServer.start();
  await seedCompany(server);
  const browser = await TestBrowser.launch();
  try {
    const alice = await browser.open(server.url, "alice", "general");
    alice.page.on("console", (m) => console.log("console", m.text()));
    await alice.page.screenshot({ path: "/tmp/shots/desk-light.png" });
    const dark = await browser.open(server.url, "chioma", "general", await browser.context({ colorScheme: "dark" }));
    await dark.page.getByRole("button", { name: "Members", exact: true }).click();
    await dark.page.locator(".member").first().waitFor();
    await dark.page.screenshot({ path: "/tmp/shots/desk-dark.png" });
    const phone = await browser.open(server.url, "ben", null, await browser.context({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }));
    await phone.page.locator(".room-row").first().waitFor();
    await phone.page.screenshot({ path: "/tmp/shots/phone-list.png" });
    await phone.page.locator(".room-row").filter({hasText: "General"}).click();
    await phone.joined();
    await phone.page.screenshot({ path: "/tmp/shots/phone-room.png" });
  } finally { console.log(browser.complaints); await browser.close(); await server.kill(); }
});
