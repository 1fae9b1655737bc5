import type { ServerEvent } from "../events.js";
import { EVENT_TYPES } from "../generated/event-types.js";
import type { Command } from "../generated/wire.js";
import { Command as commandSchema, Event as eventSchema } from "../generated/zod.js";

export * as schemas from "../generated/zod.js";

/**
 * Checks an event completely, and throws a `ZodError` if it is invalid. Unknown fields are dropped. An
 * event of an unknown type is returned as an `unknown` event.
 */
export function parseEvent(frame: unknown): ServerEvent {
  if (typeof frame === "object" && frame !== null && "type" in frame && typeof frame.type === "string") {
    if (!EVENT_TYPES.has(frame.type)) return { type: "unknown", event: frame as { type: string } };
  }
  return eventSchema.parse(frame);
}

/** Checks a command against its schema, and throws a `ZodError` if it is invalid. */
export function parseCommand(frame: unknown): Command {
  return commandSchema.parse(frame);
}
