import type { Clock, WakeSource, WebSocketConstructor } from "./environment.js";
import type { ServerEvent } from "./events.js";
import type { OutboxStorage } from "./outbox/storage.js";

/** Why a token is asked for. */
export interface TokenRequest {
  /** The last one was refused or ran out: one from a cache will not do. */
  readonly refresh: boolean;
}

export interface ChatClientOptions {
  /** Gives the user's token; asked before each connection and before the token runs out. */
  getToken: (request: TokenRequest) => string | Promise<string>;
  /**
   * Whose client it is, where the app knows it before the server says so: what an earlier visit left
   * in the outbox is then there before the connection is.
   */
  userId?: string;
  /** Where what is to be sent survives a reload. Default: `localStorage` where there is one. */
  outboxStorage?: OutboxStorage | null;
  /** Reads a frame, throws on one that is malformed. `parseEvent` of `/zod` checks it in full. */
  parseEvent?: (frame: unknown) => ServerEvent;

  /** How the token travels. Default: as a subprotocol, which stays out of the logs of proxies. */
  tokenIn?: "subprotocol" | "query";

  /** The first wait before a reconnect. Default 500. */
  backoffMinMs?: number;
  /** The longest wait before a reconnect. Default 20,000. */
  backoffMaxMs?: number;
  /** After so long connected the backoff begins anew. Default 10,000. */
  stableAfterMs?: number;
  /** How long until `HELLO`. Default 10,000. */
  connectTimeoutMs?: number;
  /** A silent connection is probed this often. Default 15,000. */
  pingIntervalMs?: number;
  /** How long a probe may go unanswered. Default 5,000. */
  pongTimeoutMs?: number;
  /** How long an answer may take. Default 10,000. */
  ackTimeoutMs?: number;
  /** How many messages may wait to be sent. Default 200. */
  outboxLimit?: number;
  /** How long a message may wait to be sent. Default 24 hours. */
  outboxTtlMs?: number;

  WebSocket?: WebSocketConstructor;
  fetch?: typeof globalThis.fetch;
  clock?: Clock;
  wake?: WakeSource;
  /** From 0 (included) to 1 (not). */
  random?: () => number;
  /** A new `clientMessageId`. */
  newId?: () => string;
}
