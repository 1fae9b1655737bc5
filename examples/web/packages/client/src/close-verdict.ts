/**
 * What a close means for the client: `retry` with backoff; `fresh-token`, once, and then `fatal`;
 * `later`, at the longest backoff; `fatal`, it is over until the app connects again.
 */
export type CloseVerdict = "retry" | "fresh-token" | "later" | "fatal";

/** The table of close codes in the protocol. What is not in it is worth another try. */
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
