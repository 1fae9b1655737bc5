import { ChatError } from "../errors.js";

/**
 * The common options of all queries. Data never goes stale, as events update it. Queries run even if the
 * browser believes that it is offline. Only errors that a retry can fix are retried.
 */
export const LIVE = {
  staleTime: Infinity,
  refetchOnWindowFocus: false,
  refetchOnReconnect: false,
  networkMode: "always",
  retry: (failures: number, error: Error) =>
    failures < 3 && (!(error instanceof ChatError) || error.retryable),
} as const;

/** The status that each query hook returns with its data. */
export interface QueryStatus {
  error: ChatError | null;
  isPending: boolean;
}

export function queryStatus(query: { error: Error | null; isPending: boolean }): QueryStatus {
  const { error, isPending } = query;
  if (error === null || error instanceof ChatError) return { error, isPending };
  return { error: new ChatError("NETWORK", error.message, { cause: error }), isPending };
}
