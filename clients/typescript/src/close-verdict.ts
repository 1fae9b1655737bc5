/**
 * The client's reaction to a close: `retry` with backoff; `fresh-token`, retry once with a new token;
 * `later`, retry with the longest backoff; `fatal`, stay closed until the app connects again.
 */
export type CloseVerdict = "retry" | "fresh-token" | "later" | "fatal";

/** Implements the protocol's table of close codes. Other codes lead to a retry. */
export function closeVerdict(code: number, reason: string): CloseVerdict {
  switch (code) {
    case 1008:
      return reason === "UNAUTHENTICATED" || reason === "TOKEN_EXPIRED" ? "fresh-token" : "fatal";
    case 4001:
      return "fresh-token";
    case 4003:
      return "fatal";
    case 4029:
      return "later";
    default:
      return "retry";
  }
}
