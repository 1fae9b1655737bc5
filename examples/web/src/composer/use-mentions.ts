"use client";

import { type KeyboardEvent, type RefObject, useMemo, useState } from "react";

const MOST_SHOWN = 6;

interface Options {
  field: RefObject<HTMLTextAreaElement | null>;
  text: string;
  caret: number;
  userIds: readonly string[];
  onChange: (text: string, caret: number) => void;
}

/** Suggests names after an `@`. */
export function useMentions({ field, text, caret, userIds, onChange }: Options) {
  const [dismissed, setDismissed] = useState<number | null>(null);
  const [chosen, setChosen] = useState(0);
  const match = /(?:^|\s)@([^\s@]*)$/u.exec(text.slice(0, caret));
  const start = match === null ? null : caret - (match[1]?.length ?? 0) - 1;
  const typed = match?.[1]?.toLowerCase() ?? "";

  const offered = useMemo(() => {
    if (start === null || start === dismissed) return [];
    return userIds.filter((userId) => userId.toLowerCase().startsWith(typed)).slice(0, MOST_SHOWN);
  }, [start, dismissed, typed, userIds]);
  const active = Math.min(chosen, offered.length - 1);

  function pick(userId: string) {
    if (start === null) return;
    const before = `${text.slice(0, start)}@${userId} `;
    setChosen(0);
    onChange(before + text.slice(caret).replace(/^ /, ""), before.length);
    field.current?.focus();
  }

  /** Handles a key for the list. Returns `true` if it did. */
  function onKeyDown(event: KeyboardEvent): boolean {
    if (offered.length === 0) return false;
    switch (event.key) {
      case "ArrowDown":
        setChosen((active + 1) % offered.length);
        break;
      case "ArrowUp":
        setChosen((active - 1 + offered.length) % offered.length);
        break;
      case "Enter":
      case "Tab":
        pick(offered[active] ?? "");
        break;
      case "Escape":
        setDismissed(start);
        break;
      default:
        return false;
    }
    event.preventDefault();
    event.stopPropagation();
    return true;
  }

  return { offered, active, pick, onKeyDown };
}
