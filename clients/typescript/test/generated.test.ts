import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { PLACE, restTypes } from "../scripts/rest-types.mjs";
import { parseCommand, parseEvent, schemas } from "../src/zod/index.js";
import { SAME } from "./generated/zod-is-types.js";
import samples from "./generated/samples.json" with { type: "json" };

test("the REST types match the OpenAPI document", async () => {
  expect(await readFile(PLACE, "utf8"), "stale: run `cargo xtask codegen`").toBe(await restTypes());
});

test("every type has a schema, which the compiler has compared with it", () => {
  expect(Object.keys(SAME).sort()).toEqual(Object.keys(schemas).sort());
});

test.each(samples.events.map((event) => [event.type, event] as const))("accepts the engine's %s", (_, event) => {
  expect(parseEvent(event)).toEqual(event);
});

test.each(samples.events.map((event) => [event.type, event] as const))(
  "rejects %s with a field of the wrong type",
  (_, event) => {
    for (const field of Object.keys(event)) {
      const other = { ...event, [field]: [[field]] };
      expect(() => parseEvent(other), field).toThrow();
    }
  },
);

test("unknown fields are allowed in events, but not in commands", () => {
  expect(parseEvent({ type: "PONG", more: 1 })).toEqual({ type: "PONG" });
  expect(parseCommand({ type: "PING" })).toEqual({ type: "PING" });
  expect(() => parseCommand({ type: "PING", more: 1 })).toThrow();
});

test("an event of a later version is unknown, and other frames are errors", () => {
  const event = { type: "MOON_ROSE", phase: "full" };
  expect(parseEvent(event)).toEqual({ type: "unknown", event });
  for (const frame of [null, 1, "HELLO", [], {}, { type: 7 }]) {
    expect(() => parseEvent(frame)).toThrow();
  }
});

test("commands that the engine accepts are valid", () => {
  for (const command of samples.commands) expect(parseCommand(command)).toEqual(command);
});

test("commands that the engine rejects are invalid", () => {
  const taken = samples.refused.filter((command) => schemas.Command.safeParse(command).success);
  expect(taken).toEqual([]);
  expect(samples.refused.length).toBeGreaterThan(300);
});

test("the length of a text is counted in code points", () => {
  const edit = (text: string) => ({
    type: "EDIT_MESSAGE",
    roomId: "tea",
    messageId: "0190b0a0-0000-7000-8000-000000000000",
    text,
  });
  expect(schemas.Command.safeParse(edit("🦀".repeat(4000))).success).toBe(true);
  expect(schemas.Command.safeParse(edit("🦀".repeat(4001))).success).toBe(false);
  expect(schemas.Command.safeParse(edit("")).success).toBe(false);
});
