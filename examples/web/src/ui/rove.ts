import type { KeyboardEvent } from "react";

/** Moves the focus within a list on arrow keys, Home and End. Returns `true` if it did. */
export function rove(event: KeyboardEvent, selector: string, columns = 1): boolean {
  const items = [...event.currentTarget.querySelectorAll<HTMLElement>(selector)];
  const now = items.findIndex((item) => item === document.activeElement);
  const next = step(event.key, now, items.length, columns);
  if (next === null || items.length === 0) return false;
  event.preventDefault();
  items[next]?.focus();
  return true;
}

/** Returns the index that a key moves to, or `null` for other keys. */
export function step(key: string, now: number, count: number, columns = 1): number | null {
  const to = (place: number) => Math.min(count - 1, Math.max(0, place));
  switch (key) {
    case "ArrowDown":
      return to(now + columns);
    case "ArrowUp":
      return to(now - columns);
    case "ArrowRight":
      return columns > 1 ? to(now + 1) : null;
    case "ArrowLeft":
      return columns > 1 ? to(now - 1) : null;
    case "Home":
      return to(0);
    case "End":
      return to(count - 1);
    default:
      return null;
  }
}
