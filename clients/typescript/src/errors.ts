import type { ErrorCode } from "./generated/wire.js";

/** Errors of the client itself. */
export type LocalErrorCode =
  /** No answer in time. The server may have executed the command. */
  | "TIMEOUT"
  /** The connection was lost before the answer. The server may have executed the command. */
  | "DISCONNECTED"
  /** The message waited in the outbox for longer than `outboxTtlMs`. */
  | "EXPIRED"
  /** The outbox is full. */
  | "OUTBOX_FULL"
  /** The request did not reach the server, or the response could not be parsed. */
  | "NETWORK";

export type ChatErrorCode = ErrorCode | LocalErrorCode;

const TRANSIENT: ReadonlySet<ChatErrorCode> = new Set<ChatErrorCode>([
  "TIMEOUT",
  "DISCONNECTED",
  "NETWORK",
  "RATE_LIMITED",
  "UNAVAILABLE",
  "INTERNAL",
]);

/** A failed operation. */
export class ChatError extends Error {
  override readonly name = "ChatError";

  constructor(
    readonly code: ChatErrorCode,
    message: string,
    readonly detail: { retryAfterMs?: number; status?: number; cause?: unknown } = {},
  ) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
  }

  /** `true` if a later retry can succeed. */
  get retryable(): boolean {
    return TRANSIENT.has(this.code);
  }

  /** The delay that the server requests before a retry. */
  get retryAfterMs(): number | undefined {
    return this.detail.retryAfterMs;
  }
}
