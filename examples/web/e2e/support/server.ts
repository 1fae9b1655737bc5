import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type ServerName, serverPath, webDir } from "./paths";

interface Options {
  name?: ServerName;
  env?: Record<string, string>;
}

/** Settings with high rate limits, so that tests can send hundreds of messages at once. */
const CONFIG = {
  client_room_ids: true,
  rates: Object.fromEntries(
    ["send", "change", "join", "read", "query", "search", "create", "manage"].map((name) => [name, { burst: 100_000, per_second: 100_000 }]),
  ),
};

/** A chat server for one test. It can be killed, restarted at the same address, and paused. */
export class ChatServer {
  private process: ChildProcess | null = null;
  private readonly folder = mkdtempSync(join(tmpdir(), "chat-e2e-"));

  private constructor(
    readonly port: number,
    private readonly name: ServerName,
    private readonly env: Record<string, string>,
  ) {}

  static async start({ name = "axum-server", env = {} }: Options = {}): Promise<ChatServer> {
    const server = new ChatServer(await freePort(), name, env);
    await server.start();
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const config = join(this.folder, "config.json");
    writeFileSync(config, JSON.stringify(CONFIG));
    const child = spawn(serverPath(this.name), {
      env: {
        CHAT_LISTEN: `127.0.0.1:${this.port}`,
        CHAT_WEB_DIR: webDir,
        CHAT_CONFIG: config,
        // Fixed, so that tokens stay valid over a restart.
        CHAT_JWT_SECRET: "a secret of the tests, long enough for HS256",
        CHAT_DEV_TOKENS: "1",
        NO_COLOR: "1",
        ...this.env,
      },
      stdio: ["ignore", "pipe", "inherit"],
    });
    this.process = child;
    const lines = createInterface({ input: child.stdout });
    await new Promise<void>((resolve, reject) => {
      child.once("exit", (code) => reject(new Error(`${this.name} exited with ${code}`)));
      // Keeps reading, so that the server does not block on its log.
      lines.on("line", (line) => line.includes("listening on http://") && resolve());
    });
  }

  /** Kills the server without warning, like a power cut. */
  async kill(): Promise<void> {
    await this.end("SIGKILL");
  }

  /** Stops the server gracefully, like a deployment. */
  async stop(): Promise<void> {
    await this.end("SIGTERM");
  }

  /** Kills the server and deletes its folder. */
  async close(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Pauses the server: its sockets stay open, but it does not respond. */
  pause(): void {
    this.process?.kill("SIGSTOP");
  }

  goOn(): void {
    this.process?.kill("SIGCONT");
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.process;
    this.process = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill(signal);
    // A paused process would not handle the signal.
    child.kill("SIGCONT");
    await ended;
  }

  async token(userId: string): Promise<string> {
    const response = await fetch(`${this.url}/dev/token`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ userId }),
    });
    const { token } = (await response.json()) as { token: string };
    return token;
  }

  /** Makes a REST call as a user. Throws if the call fails. */
  async call<T = unknown>(userId: string, method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${this.url}/chat${path}`, {
      method,
      headers: { authorization: `Bearer ${await this.token(userId)}`, "content-type": "application/json" },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return (text === "" ? undefined : JSON.parse(text)) as T;
  }
}

async function freePort(): Promise<number> {
  const probe = createServer();
  probe.listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  if (address === null || typeof address === "string") throw new Error("no free port");
  return address.port;
}
