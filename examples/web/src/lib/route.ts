"use client";

import { useSearchParams } from "next/navigation";
import { useCallback, useMemo } from "react";

export type Panel = "members" | "pins" | "search" | "thread";

/** What the address says is open. */
export interface Route {
  readonly room: string | null;
  readonly panel: Panel | null;
  readonly thread: string | null;
  /** The message to show, where it is not the newest. */
  readonly at: string | null;
}

const PANELS: readonly string[] = ["members", "pins", "search"];

/** The address as state: a reload, a shared link and the back button all lead to the same view. */
export function useRoute(): Route {
  const params = useSearchParams();
  return useMemo(() => {
    const thread = params.get("thread");
    const panel = params.get("panel") ?? "";
    return {
      room: params.get("room"),
      thread,
      at: params.get("at"),
      panel: thread !== null ? "thread" : PANELS.includes(panel) ? (panel as Panel) : null,
    };
  }, [params]);
}

/** Goes somewhere else in the app, without asking the server for a page that is here already. */
export function useNavigate(): (to: Partial<Omit<Route, "panel">> & { panel?: Panel | null }, replace?: boolean) => void {
  return useCallback((to, replace = false) => {
    const now = new URLSearchParams(window.location.search);
    // Another room begins without a panel.
    const next = to.room !== undefined && to.room !== now.get("room") ? new URLSearchParams() : now;
    for (const [name, value] of Object.entries(to)) {
      if (value === null || value === undefined) next.delete(name);
      else next.set(name, value);
    }
    if (to.panel !== undefined && to.thread === undefined) next.delete("thread");
    if (to.thread != null) next.delete("panel");
    const query = next.toString();
    const url = query === "" ? window.location.pathname : `?${query}`;
    if (replace) window.history.replaceState(null, "", url);
    else window.history.pushState(null, "", url);
  }, []);
}
