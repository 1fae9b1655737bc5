import { useCallback, useMemo, useSyncExternalStore } from "react";
import type { ConnectionState } from "../connection-state.js";
import { useChatClient } from "./provider.js";

/** Returns the state of the connection, and a function to reconnect now. */
export function useConnection(): { state: ConnectionState; retryNow: () => void } {
  const client = useChatClient();
  const subscribe = useCallback((changed: () => void) => client.on("state", changed), [client]);
  const get = (): ConnectionState => client.state;
  const state = useSyncExternalStore(subscribe, get, get);
  return useMemo(() => ({ state, retryNow: () => client.retryNow() }), [client, state]);
}
