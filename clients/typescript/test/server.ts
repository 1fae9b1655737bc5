import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

/** The example server, in memory, on a free port. */
export class Server {
  private constructor(
    private readonly process: ChildProcess,
    readonly url: string,
  ) {}

  static async start(env: Record<string, string> = {}): Promise<Server> {
    const target = process.env["CARGO_TARGET_DIR"] ?? `${ROOT}target`;
    const binary = process.env["CHAT_SERVER"] ?? `${target}/debug/axum-server`;
    if (!existsSync(binary)) {
      throw new Error(`${binary} does not exist: run \`cargo build -p axum-server\`, or set CHAT_SERVER`);
    }
    const child = spawn(binary, {
      env: { CHAT_LISTEN: "127.0.0.1:0", NO_COLOR: "1", ...env },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const lines = createInterface({ input: child.stdout });
    const url = await new Promise<string>((resolve, reject) => {
      child.once("exit", (code) => reject(new Error(`the server exited with ${code}`)));
      lines.on("line", (line) => {
        const address = /listening on (http:\S+)/.exec(line)?.[1];
        if (address) resolve(address);
      });
    });
    return new Server(child, url);
  }

  get chat(): string {
    return `${this.url}/chat`;
  }

  async token(userId: string): Promise<string> {
    const response = await fetch(`${this.url}/dev/token`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ userId }),
    });
    return ((await response.json()) as { token: string }).token;
  }

  stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return Promise.resolve();
    return new Promise((resolve) => {
      this.process.once("exit", () => resolve());
      this.process.kill(signal);
    });
  }
}
