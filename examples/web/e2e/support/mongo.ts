import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { mongoPath } from "./paths";

/** A MongoDB server for one test. Its data outlives the chat server. */
export class Mongo {
  private constructor(
    private readonly process: ChildProcess,
    readonly uri: string,
  ) {}

  static async start(): Promise<Mongo> {
    const child = spawn(mongoPath(), { stdio: ["pipe", "pipe", "inherit"] });
    const lines = createInterface({ input: child.stdout });
    const uri = await new Promise<string>((resolve, reject) => {
      lines.once("line", resolve);
      child.once("exit", (code) => reject(new Error(`MongoDB exited with ${code}; install it with: cargo xtask services`)));
    });
    return new Mongo(child, uri);
  }

  async close(): Promise<void> {
    const ended = once(this.process, "exit");
    this.process.stdin?.end();
    await ended;
  }
}
