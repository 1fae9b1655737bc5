import { type Browser, type BrowserContext, type BrowserContextOptions, type Page, chromium } from "playwright-core";
import { ChatPage } from "./chat-page";

const CHROMIUM = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const DESKTOP = { width: 1280, height: 800 };

/** Debian's Chromium. Collects the errors of its pages. */
export class TestBrowser {
  /** Errors and Content-Security-Policy violations of all pages. */
  readonly complaints: string[] = [];

  private constructor(private readonly browser: Browser) {}

  static async launch(): Promise<TestBrowser> {
    return new TestBrowser(await chromium.launch({ executablePath: CHROMIUM, args: FLAGS }));
  }

  /** Creates a context with its own storage, for one user. */
  async context(options: BrowserContextOptions = {}): Promise<BrowserContext> {
    return this.browser.newContext({ viewport: DESKTOP, locale: "en-GB", timezoneId: "UTC", ...options });
  }

  /** Opens a tab, signs a user in and opens a room. */
  async open(url: string, userId: string, room: string | null, context?: BrowserContext): Promise<ChatPage> {
    const page = await (context ?? (await this.context())).newPage();
    this.watch(page, userId);
    const chat = new ChatPage(page, url, userId);
    await chat.signIn(room);
    return chat;
  }

  watch(page: Page, who: string): void {
    page.on("pageerror", (error) => this.complaints.push(`${who}: ${error.message}`));
    page.on("console", (message) => {
      const text = message.text();
      if (/Content.Security.Policy|violates/i.test(text)) this.complaints.push(`${who}: ${text}`);
    });
  }

  async closeContexts(): Promise<void> {
    for (const context of this.browser.contexts()) await context.close();
  }

  async close(): Promise<void> {
    await this.browser.close();
  }
}
