import { existsSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";

const web = resolve(new URL("../..", import.meta.url).pathname);
const workspace = resolve(web, "../..");

/** The app, as it was built. */
export const webDir = join(web, "out");

const servers = process.env["CHAT_SERVERS"] ?? join(workspace, "target/debug");
const artefacts = process.env["CHAT_ARTEFACTS"] ?? join(workspace, "target/web");

export type ServerName = "axum-server" | "actix-web-server";

/** The program of a server; an error that helps if it was not built. */
export function serverPath(name: ServerName): string {
  const path = join(servers, name);
  if (!existsSync(path)) throw new Error(`${path} is not there: cargo build -p ${name}`);
  if (!existsSync(join(webDir, "csp.json"))) throw new Error("the app is not built: cargo xtask web");
  return path;
}

/** The program that starts a MongoDB server; an error that helps if it was not built. */
export function mongoPath(): string {
  const path = join(servers, "examples/mongo");
  if (!existsSync(path)) throw new Error(`${path} is not there: cargo build -p chat-testbed --example mongo`);
  return path;
}

/** Where pictures go. */
export function screenshotPath(name: string): string {
  const dir = join(artefacts, "screenshots");
  mkdirSync(dir, { recursive: true });
  return join(dir, `${name}.png`);
}
