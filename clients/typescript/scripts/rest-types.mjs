// Generates the types of the REST API from the engine's OpenAPI document.
import { readFile, writeFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import openapiTS, { astToString } from "openapi-typescript";

const DOCUMENT = new URL("../../../docs/openapi.json", import.meta.url);
export const PLACE = new URL("../src/generated/rest.ts", import.meta.url);

export async function restTypes() {
  const document = JSON.parse(await readFile(DOCUMENT, "utf8"));
  // Fields with a default are optional in requests.
  const types = astToString(await openapiTS(document, { defaultNonNullable: false }));
  return `// Made by \`cargo xtask codegen\` from docs/openapi.json. Do not edit.\n\n${types}`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  await writeFile(PLACE, await restTypes());
}
