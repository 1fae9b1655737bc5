"use client";

import { useSearchParams } from "next/navigation";
import { useCallback, useMemo } from "react";

export type Panel = "members" | "pins" | "search" | "thread";

/** The open views, from the URL. */
export interface Route {
  readonly room: string | null;
  readonly panel: Panel | null;
  readonly thread: string | null;
  /** The message to show instead of the newest. */
  readonly at: string | null;
}

const PANELS: readonly string[] = ["members", "pins", "search"];

/** Returns the state in the URL, so that a reload, a shared link and the back button lead to the same view. */
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

/** Returns a function that changes the URL without loading a page from the server. */
export function useNavigate(): (to: Partial<Omit<Route, "panel">> & { panel?: Panel | null }, replace?: boolean) => void {
  return useCallback((to, replace = false) => {
    const now = new URLSearchParams(window.location.search);
    // Another room opens without a panel.
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
