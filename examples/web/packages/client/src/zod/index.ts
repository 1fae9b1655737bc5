import type { ServerEvent } from "../events.js";

/** Checks a frame in full; throws a `ZodError`. An event of an unknown type is an `unknown` event. */
export declare function parseEvent(frame: unknown): ServerEvent;
