/** The reason of a close, with a code from the socket or from {@link LocalClose}. */
export interface CloseReason {
  readonly code: number;
  readonly reason: string;
}

/** Close codes of the client itself, which no server sends. */
export const LocalClose = {
  /** `disconnect()` was called. */
  DISCONNECTED: 4900,
  /** No `HELLO` within `connectTimeoutMs`. */
  CONNECT_TIMEOUT: 4901,
  /** A probe was not answered: the socket is half-open. */
  UNRESPONSIVE: 4902,
  /** `getToken` failed. The client retries with backoff. */
  NO_TOKEN: 4903,
  /** The socket could not be created, for example because its URL is not allowed. */
  NO_SOCKET: 4904,
} as const;

/**
 * The state of the connection.
 *
 * `idle → connecting → connected ⇄ reconnecting → closed`; `connect()` leaves `closed` again.
 */
export type ConnectionState =
  | { readonly status: "idle" }
  | { readonly status: "connecting"; readonly attempt: number }
  | { readonly status: "connected"; readonly userId: string; readonly connectionId: string }
  | ({
      readonly status: "reconnecting";
      /** The number of failed attempts since the connection was last stable. */
      readonly attempt: number;
      /** The time of the next attempt, in milliseconds of the clock. `null` during an attempt. */
      readonly retryAt: number | null;
    } & CloseReason)
  /** Closed by the app, or because a retry cannot help. `connect()` opens it again. */
  | ({ readonly status: "closed" } & CloseReason);

export type ConnectionStatus = ConnectionState["status"];
