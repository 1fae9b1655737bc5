import type { Locator, Page } from "playwright-core";
import { until } from "./until";

/** A tab with the app, as its user sees it. */
export class ChatPage {
  constructor(
    readonly page: Page,
    private readonly url: string,
    readonly userId: string,
  ) {}

  async signIn(room: string | null): Promise<void> {
    await this.page.goto(this.url + (room === null ? "/" : `/?room=${room}`));
    await this.page.getByLabel("Your name").fill(this.userId);
    await this.page.getByRole("button", { name: "Continue" }).click();
    await this.page.getByRole("navigation", { name: "Rooms" }).waitFor({ state: "attached" });
    if (room !== null) await this.joined();
  }

  /** The room is open and heard. */
  async joined(): Promise<void> {
    await this.page.locator('[data-testid="messages"][data-live="true"]').waitFor();
  }

  get composer(): Locator {
    return this.page.getByLabel("Message", { exact: true });
  }

  async send(text: string): Promise<void> {
    await this.composer.fill(text);
    await this.composer.press("Enter");
  }

  /** The rows of messages with this text in the room's own list. */
  rows(text?: string): Locator {
    const rows = this.page.getByTestId("messages").getByTestId("message");
    return text === undefined ? rows : rows.filter({ has: this.page.locator(".message-text", { hasText: text }) });
  }

  /** The texts of all messages, as they stand. */
  async texts(): Promise<string[]> {
    return this.page.getByTestId("messages").locator(".message-text").allInnerTexts();
  }

  /** Waits until these texts, and only these of those that match, are there in this order, all stored. */
  async shows(texts: readonly string[], among: RegExp): Promise<void> {
    let seen: string[] = [];
    await until(
      `${this.userId} sees ${texts.join(", ")}`,
      async () => {
        const rows = await this.rows().evaluateAll((elements) =>
          elements.map((element) => ({
            text: element.querySelector(".message-text")?.textContent ?? "",
            state: element.getAttribute("data-state") ?? "",
          })),
        );
        const matching = rows.filter((row) => among.test(row.text));
        seen = matching.map((row) => `${row.text} (${row.state})`);
        const stored = matching.every((row) => row.state === "stored" || row.state === "sent");
        return stored && matching.map((row) => row.text).join("\n") === texts.join("\n");
      },
      30_000,
    ).catch((error: Error) => {
      throw new Error(`${error.message}; it sees ${seen.join(", ")}`);
    });
  }

  get banner(): Locator {
    return this.page.locator(".banner");
  }

  async roomLink(name: string): Promise<Locator> {
    const title = this.page.locator(".room-row-title").getByText(name, { exact: true });
    const link = this.page.locator(".room-row").filter({ has: title });
    await link.waitFor();
    return link;
  }
}
