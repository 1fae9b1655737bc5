"use client";

import { type RefObject, useCallback, useLayoutEffect, useRef, useState } from "react";

/** The distance from the end that still counts as being at the end. */
const NEAR_PX = 48;

interface Anchor {
  readonly key: string;
  /** The distance of the row from the upper edge of the visible area. */
  readonly top: number;
}

/**
 * Keeps the scroll position of a list that changes at both ends. At the end it follows new rows. Elsewhere
 * the first visible row stays in place when rows are added or change their height. Done by hand, as not all
 * browsers support scroll anchoring, and none does at the very top.
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

  // After each change of the rows, before the next paint.
  useLayoutEffect(settle, [settle, version]);

  // Also after each change of height, for example of the window or of a loaded image.
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

/** Only messages are anchors, as separators can move: a day separator moves to the day's first message. */
const ANCHORS = "[data-key]:not(.day, .unread-divider)";

/** Returns the first visible message. */
function firstVisible(element: HTMLElement): Anchor | null {
  const rows = element.querySelectorAll<HTMLElement>(ANCHORS);
  const edge = element.scrollTop;
  let low = 0;
  let high = rows.length;
  // Binary search for the first row that ends below the edge.
  while (low < high) {
    const middle = (low + high) >> 1;
    const row = rows[middle];
    if (row !== undefined && row.offsetTop + row.offsetHeight <= edge) low = middle + 1;
    else high = middle;
  }
  const row = rows[low];
  return row === undefined ? null : { key: row.dataset.key ?? "", top: row.offsetTop - edge };
}
