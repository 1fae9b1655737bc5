import { useCallback, useMemo, useSyncExternalStore } from "react";
import type { ConnectionState } from "../connection-state.js";
import { useChatClient } from "./provider.js";

/** The state of the connection, and how to try again at once. */
export function useConnection(): { state: ConnectionState; retryNow: () => void } {
  const client = useChatClient();
  const subscribe = useCallback((changed: () => void) => client.on("state", changed), [client]);
  const get = (): ConnectionState => client.state;
  const state = useSyncExternalStore(subscribe, get, get);
  return useMemo(() => ({ state, retryNow: () => client.retryNow() }), [client, state]);
}
