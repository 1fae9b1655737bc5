import type { ErrorCode } from "./generated/wire.js";

/** What can go wrong besides what the server says. */
export type LocalErrorCode =
  /** No answer in time. The server may have done it. */
  | "TIMEOUT"
  /** The connection was lost before the answer. The server may have done it. */
  | "DISCONNECTED"
  /** It waited in the outbox for longer than its time to live. */
  | "EXPIRED"
  /** The outbox is full. */
  | "OUTBOX_FULL"
  /** The request did not reach the server, or its answer was not understood. */
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

/** An operation failed. */
export class ChatError extends Error {
  override readonly name = "ChatError";

  constructor(
    readonly code: ChatErrorCode,
    message: string,
    readonly detail: { retryAfterMs?: number; status?: number; cause?: unknown } = {},
  ) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
  }

  /** Whether the same again, later, can succeed. */
  get retryable(): boolean {
    return TRANSIENT.has(this.code);
  }

  /** How long the server asks to wait. */
  get retryAfterMs(): number | undefined {
    return this.detail.retryAfterMs;
  }
}
