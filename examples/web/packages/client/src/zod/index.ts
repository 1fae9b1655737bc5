import type { ServerEvent } from "../events.js";
import { EVENT_TYPES } from "../generated/event-types.js";
import type { Command } from "../generated/wire.js";
import { Command as commandSchema, Event as eventSchema } from "../generated/zod.js";

export * as schemas from "../generated/zod.js";

/**
 * Checks an event in full; throws a `ZodError`. Fields that this version does not know are dropped, and
 * an event of an unknown type is an `unknown` event.
 */
export function parseEvent(frame: unknown): ServerEvent {
  if (typeof frame === "object" && frame !== null && "type" in frame && typeof frame.type === "string") {
    if (!EVENT_TYPES.has(frame.type)) return { type: "unknown", event: frame as { type: string } };
  }
  return eventSchema.parse(frame);
}

/** Checks a command as strictly as a schema can; throws a `ZodError`. */
export function parseCommand(frame: unknown): Command {
  return commandSchema.parse(frame);
}
