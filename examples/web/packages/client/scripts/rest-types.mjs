// The types of the REST calls, from the OpenAPI document that the engine makes of its own types.
import { readFile, writeFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import openapiTS, { astToString } from "openapi-typescript";

const DOCUMENT = new URL("../../../../../docs/openapi.json", import.meta.url);
export const PLACE = new URL("../src/generated/rest.ts", import.meta.url);

export async function restTypes() {
  const document = JSON.parse(await readFile(DOCUMENT, "utf8"));
  // What has a default may be left out of a request.
  const types = astToString(await openapiTS(document, { defaultNonNullable: false }));
  return `// Made by \`cargo xtask codegen\` from docs/openapi.json. Do not edit.\n\n${types}`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  await writeFile(PLACE, await restTypes());
}
