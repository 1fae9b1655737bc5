/** Why the client is where it is: a close code of the socket, or one of {@link LocalClose}, and words. */
export interface CloseReason {
  readonly code: number;
  readonly reason: string;
}

/** Codes that no server sends: the client closed, or gave up, by itself. */
export const LocalClose = {
  /** `disconnect()` was called. */
  DISCONNECTED: 4900,
  /** No `HELLO` within `connectTimeoutMs`. */
  CONNECT_TIMEOUT: 4901,
  /** A probe went unanswered: the socket is half-open. */
  UNRESPONSIVE: 4902,
  /** `getToken` failed; tried again with backoff. */
  NO_TOKEN: 4903,
  /** The socket could not even be made, as where its URL is not allowed. */
  NO_SOCKET: 4904,
} as const;

/**
 * Where the connection is.
 *
 * `idle → connecting → connected ⇄ reconnecting → closed`; `connect()` leaves `closed` again.
 */
export type ConnectionState =
  | { readonly status: "idle" }
  | { readonly status: "connecting"; readonly attempt: number }
  | { readonly status: "connected"; readonly userId: string; readonly connectionId: string }
  | ({
      readonly status: "reconnecting";
      /** How many attempts have failed since the connection was last stable. */
      readonly attempt: number;
      /** When the next attempt begins, in milliseconds of the clock; `null` while one is under way. */
      readonly retryAt: number | null;
    } & CloseReason)
  /** For good, until `connect()` is called: by the app, or because trying again cannot help. */
  | ({ readonly status: "closed" } & CloseReason);

export type ConnectionStatus = ConnectionState["status"];
