import type { ServerEvent } from "./events.js";
import { EVENT_TYPES } from "./generated/event-types.js";

/**
 * Reads an event and looks at its type only: the server is trusted with the rest. `parseEvent` of
 * `/zod` looks at everything.
 */
export function parseEventType(frame: unknown): ServerEvent {
  if (typeof frame !== "object" || frame === null || !("type" in frame) || typeof frame.type !== "string") {
    throw new TypeError("an event is an object with a type");
  }
  if (!EVENT_TYPES.has(frame.type)) {
    return { type: "unknown", event: frame as { type: string } };
  }
  return frame as ServerEvent;
}
