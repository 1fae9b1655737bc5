"use client";

import { type RefObject, useCallback, useLayoutEffect, useRef, useState } from "react";

/** So near to the end counts as at the end. */
const NEAR_PX = 48;

interface Anchor {
  readonly key: string;
  /** How far the row is below the upper edge of what is seen. */
  readonly top: number;
}

/**
 * Keeps the place in a list whose rows come and go at both ends: at the end it follows, elsewhere the
 * first visible row stays where it is, whatever is put before or after it, and whatever changes its
 * height. By hand, as not every browser anchors, and none does at the very top.
 */
export function useStay(list: RefObject<HTMLElement | null>, version: unknown, startsAtEnd: boolean) {
  const anchor = useRef<Anchor | null>(null);
  const follows = useRef(startsAtEnd);
  const [isAtEnd, setIsAtEnd] = useState(startsAtEnd);

  const remember = useCallback(() => {
    const element = list.current;
    if (element === null) return;
    const left = element.scrollHeight - element.scrollTop - element.clientHeight;
    follows.current = left <= NEAR_PX;
    setIsAtEnd(follows.current);
    anchor.current = firstVisible(element);
  }, [list]);

  const settle = useCallback(() => {
    const element = list.current;
    if (element === null) return;
    if (follows.current) {
      element.scrollTop = element.scrollHeight;
    } else if (anchor.current !== null) {
      const row = element.querySelector<HTMLElement>(`[data-key="${CSS.escape(anchor.current.key)}"]`);
      if (row !== null) element.scrollTop += row.offsetTop - element.scrollTop - anchor.current.top;
    }
    anchor.current = firstVisible(element);
  }, [list]);

  // After each change of the rows, before it is painted.
  useLayoutEffect(settle, [settle, version]);

  // And after each change of height: of the window, of a picture that has loaded.
  useLayoutEffect(() => {
    const element = list.current;
    if (element === null) return;
    const observer = new ResizeObserver(settle);
    observer.observe(element);
    for (const child of element.children) observer.observe(child);
    return () => observer.disconnect();
  }, [list, settle]);

  const toEnd = useCallback(() => {
    follows.current = true;
    setIsAtEnd(true);
    settle();
  }, [settle]);

  const toRow = useCallback(
    (key: string) => {
      const element = list.current;
      const row = element?.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`);
      if (element == null || row == null) return false;
      follows.current = false;
      element.scrollTop = row.offsetTop - element.clientHeight / 3;
      remember();
      return true;
    },
    [list, remember],
  );

  return { isAtEnd, onScroll: remember, toEnd, toRow };
}

/** What stands between messages may go elsewhere: a day begins with whichever message is its first. */
const ANCHORS = "[data-key]:not(.day, .unread-divider)";

/** The first message that is seen. */
function firstVisible(element: HTMLElement): Anchor | null {
  const rows = element.querySelectorAll<HTMLElement>(ANCHORS);
  const edge = element.scrollTop;
  let low = 0;
  let high = rows.length;
  // Rows stand in order: halve until the first that ends below the edge.
  while (low < high) {
    const middle = (low + high) >> 1;
    const row = rows[middle];
    if (row !== undefined && row.offsetTop + row.offsetHeight <= edge) low = middle + 1;
    else high = middle;
  }
  const row = rows[low];
  return row === undefined ? null : { key: row.dataset.key ?? "", top: row.offsetTop - edge };
}
