import type { Clock, WakeSource, WebSocketConstructor } from "./environment.js";
import type { ServerEvent } from "./events.js";
import type { OutboxStorage } from "./outbox/storage.js";

/** A request for a token. */
export interface TokenRequest {
  /** `true` if the last token was rejected or expired: return a new one, not one from a cache. */
  readonly refresh: boolean;
}

export interface ChatClientOptions {
  /** Returns the user's token. Called before each connection and before the token expires. */
  getToken: (request: TokenRequest) => string | Promise<string>;
  /**
   * The user's id, if the app knows it. The outbox of an earlier visit is then available before the
   * first connection.
   */
  userId?: string;
  /** Keeps the outbox over a reload. Default: `localStorage`, if available. */
  outboxStorage?: OutboxStorage | null;
  /** Parses a frame, and throws if it is malformed. `parseEvent` of `/zod` checks it completely. */
  parseEvent?: (frame: unknown) => ServerEvent;

  /** The part of the request that carries the token. Default: a subprotocol, which stays out of proxy logs. */
  tokenIn?: "subprotocol" | "query";

  /** The first delay before a reconnect. Default 500. */
  backoffMinMs?: number;
  /** The longest delay before a reconnect. Default 20,000. */
  backoffMaxMs?: number;
  /** The time connected after which the backoff resets. Default 10,000. */
  stableAfterMs?: number;
  /** The time limit from the token request to `HELLO`. Default 10,000. */
  connectTimeoutMs?: number;
  /** The silence after which a connection is probed. Default 15,000. */
  pingIntervalMs?: number;
  /** The time limit for the answer to a probe. Default 5,000. */
  pongTimeoutMs?: number;
  /** The time limit for the answer to a command. Default 10,000. */
  ackTimeoutMs?: number;
  /** The maximum number of messages in the outbox. Default 200. */
  outboxLimit?: number;
  /** The maximum time that a message waits in the outbox. Default 24 hours. */
  outboxTtlMs?: number;

  WebSocket?: WebSocketConstructor;
  fetch?: typeof globalThis.fetch;
  clock?: Clock;
  wake?: WakeSource;
  /** Returns a random number from 0 (inclusive) to 1 (exclusive). */
  random?: () => number;
  /** Returns a new `clientMessageId`. */
  newId?: () => string;
}
