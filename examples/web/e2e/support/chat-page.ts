import type { Locator, Page } from "playwright-core";
import { until } from "./until";

/** A tab with the app. */
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

  /** Waits until the room is joined and live. */
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

  /** The rows of the room's message list, or those with this text. */
  rows(text?: string): Locator {
    const rows = this.page.getByTestId("messages").getByTestId("message");
    return text === undefined ? rows : rows.filter({ has: this.page.locator(".message-text", { hasText: text }) });
  }

  async texts(): Promise<string[]> {
    return this.page.getByTestId("messages").locator(".message-text").allInnerTexts();
  }

  /** Waits until the texts that match `among` are exactly these, in this order, and all are stored. */
  async shows(texts: readonly string[], among: RegExp): Promise<void> {
    let seen: string[] = [];
    await until(
      `${this.userId} to see ${texts.join(", ")}`,
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
      throw new Error(`${error.message}; the page shows ${seen.join(", ")}`);
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
