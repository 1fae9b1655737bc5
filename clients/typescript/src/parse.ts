import type { ServerEvent } from "./events.js";
import { EVENT_TYPES } from "./generated/event-types.js";

/** Checks only the type of an event, and trusts the server with the rest. `parseEvent` of `/zod` checks all. */
export function parseEventType(frame: unknown): ServerEvent {
  if (typeof frame !== "object" || frame === null || !("type" in frame) || typeof frame.type !== "string") {
    throw new TypeError("an event must be an object with a string `type`");
  }
  if (!EVENT_TYPES.has(frame.type)) {
    return { type: "unknown", event: frame as { type: string } };
  }
  return frame as ServerEvent;
}
