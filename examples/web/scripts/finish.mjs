// Prepares the export for the server: writes the hashes of inline scripts for the
// Content-Security-Policy, and compressed copies of the files.

import { createHash } from "node:crypto";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const out = new URL("../out/", import.meta.url).pathname;
const PACKED = new Set([".html", ".js", ".css", ".svg", ".txt"]);
/** Smaller files are not worth compressing. */
const WORTH_PACKING = 1024;

const files = readdirSync(out, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name));

const scripts = new Set();
for (const page of files.filter((file) => file.endsWith(".html"))) {
  const html = readFileSync(page, "utf8");
  for (const [, attributes, script] of html.matchAll(/<script\b([^>]*)>([\s\S]*?)<\/script>/g)) {
    if (/\bsrc=/.test(attributes)) continue;
    scripts.add(`sha256-${createHash("sha256").update(script).digest("base64")}`);
  }
  // A policy without 'unsafe-inline' would silently ignore them.
  const inline = html.match(/<style\b|<[a-z][^>]*\s(style|on[a-z]+)="/);
  if (inline) throw new Error(`${page}: the policy forbids this inline style or handler: ${inline[0]}`);
}
writeFileSync(join(out, "csp.json"), JSON.stringify({ scripts: [...scripts].sort() }));

for (const file of files.filter((file) => PACKED.has(extname(file)))) {
  const content = readFileSync(file);
  if (content.length < WORTH_PACKING) continue;
  writeFileSync(`${file}.gz`, gzipSync(content, { level: 9 }));
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11 };
  writeFileSync(`${file}.br`, brotliCompressSync(content, { params }));
}
console.log(`${files.length} files, ${scripts.size} inline scripts`);
