"use client";

import { type RefObject, useEffect, useRef } from "react";

/** The distance from an edge at which more is loaded, so that it arrives in time. */
const AHEAD_PX = 600;

interface Edges {
  readonly entries: unknown;
  readonly hasOlder: boolean;
  readonly loadOlder: () => void;
  readonly hasNewer: boolean;
  readonly loadNewer: () => void;
}

/** Loads more messages when the reader comes close to either edge. */
export function useNearEdges(list: RefObject<HTMLElement | null>, edges: Edges): void {
  const latest = useRef(edges);
  latest.current = edges;

  useEffect(() => {
    const element = list.current;
    if (element === null) return;
    const check = () => {
      const { hasOlder, loadOlder, hasNewer, loadNewer } = latest.current;
      if (hasOlder && element.scrollTop < AHEAD_PX) loadOlder();
      const below = element.scrollHeight - element.scrollTop - element.clientHeight;
      if (hasNewer && below < AHEAD_PX) loadNewer();
    };
    check();
    element.addEventListener("scroll", check, { passive: true });
    return () => element.removeEventListener("scroll", check);
    // Also after each change, as a page may contain no visible messages.
  }, [list, edges.entries, edges.hasOlder, edges.hasNewer]);
}
