"use client";

import { type RefObject, useEffect, useRef } from "react";

/** So far before an edge more is loaded: by the time one is there, it is there too. */
const AHEAD_PX = 600;

interface Edges {
  readonly entries: unknown;
  readonly hasOlder: boolean;
  readonly loadOlder: () => void;
  readonly hasNewer: boolean;
  readonly loadNewer: () => void;
}

/** Loads more where the reader comes near to the end of what is loaded, in either direction. */
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
    // Also after each change: a page may bring nothing that is shown.
  }, [list, edges.entries, edges.hasOlder, edges.hasNewer]);
}
