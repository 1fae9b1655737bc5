import { type Clock, type WakeSource, type WebSocketConstructor, browserWake, randomId, systemClock } from "./environment.js";
import type { ChatClientOptions } from "./options.js";
import { parseEventType } from "./parse.js";

/** The options, with their defaults. */
export type Settings = Required<Omit<ChatClientOptions, "userId" | "outboxStorage">> & {
  readonly clock: Clock;
  readonly wake: WakeSource;
};

export function settings(options: ChatClientOptions): Settings {
  return {
    getToken: options.getToken,
    parseEvent: options.parseEvent ?? parseEventType,
    tokenIn: options.tokenIn ?? "subprotocol",
    backoffMinMs: options.backoffMinMs ?? 500,
    backoffMaxMs: options.backoffMaxMs ?? 20_000,
    stableAfterMs: options.stableAfterMs ?? 10_000,
    connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
    pingIntervalMs: options.pingIntervalMs ?? 15_000,
    pongTimeoutMs: options.pongTimeoutMs ?? 5_000,
    ackTimeoutMs: options.ackTimeoutMs ?? 10_000,
    outboxLimit: options.outboxLimit ?? 200,
    outboxTtlMs: options.outboxTtlMs ?? 24 * 3_600_000,
    WebSocket: options.WebSocket ?? globalWebSocket(),
    fetch: options.fetch ?? ((input, init) => globalThis.fetch(input, init)),
    clock: options.clock ?? systemClock,
    wake: options.wake ?? browserWake,
    random: options.random ?? Math.random,
    newId: options.newId ?? randomId,
  };
}

function globalWebSocket(): WebSocketConstructor {
  if (typeof WebSocket === "undefined") {
    throw new TypeError("no global WebSocket: pass one in the options, such as the one of the package `ws`");
  }
  return WebSocket;
}
