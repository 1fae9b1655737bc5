import { existsSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";

const web = resolve(new URL("../..", import.meta.url).pathname);
const workspace = resolve(web, "../..");

/** The build output of the app. */
export const webDir = join(web, "out");

const servers = process.env["CHAT_SERVERS"] ?? join(workspace, "target/debug");
const artefacts = process.env["CHAT_ARTEFACTS"] ?? join(workspace, "target/web");

export type ServerName = "axum-server" | "actix-web-server";

/** Returns the path of a server binary. Throws if it has not been built. */
export function serverPath(name: ServerName): string {
  const path = join(servers, name);
  if (!existsSync(path)) throw new Error(`${path} does not exist; build it with: cargo build -p ${name}`);
  if (!existsSync(join(webDir, "csp.json"))) throw new Error("the app has not been built; run: cargo xtask web");
  return path;
}

/** Returns the path of the program that starts a MongoDB server. Throws if it has not been built. */
export function mongoPath(): string {
  const path = join(servers, "examples/mongo");
  if (!existsSync(path)) throw new Error(`${path} does not exist; build it with: cargo build -p chat-testbed --example mongo`);
  return path;
}

export function screenshotPath(name: string): string {
  const dir = join(artefacts, "screenshots");
  mkdirSync(dir, { recursive: true });
  return join(dir, `${name}.png`);
}
