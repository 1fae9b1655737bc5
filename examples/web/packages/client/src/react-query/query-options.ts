import { ChatError } from "../errors.js";

/**
 * What all queries here have in common: events keep them current, so that nothing grows stale by itself;
 * they are tried also where the browser believes itself offline; what a retry cannot mend is not retried.
 */
export const LIVE = {
  staleTime: Infinity,
  refetchOnWindowFocus: false,
  refetchOnReconnect: false,
  networkMode: "always",
  retry: (failures: number, error: Error) =>
    failures < 3 && (!(error instanceof ChatError) || error.retryable),
} as const;

/** What each query hook says besides its data. */
export interface QueryStatus {
  error: ChatError | null;
  isPending: boolean;
}

export function queryStatus(query: { error: Error | null; isPending: boolean }): QueryStatus {
  const { error, isPending } = query;
  if (error === null || error instanceof ChatError) return { error, isPending };
  return { error: new ChatError("NETWORK", error.message, { cause: error }), isPending };
}
