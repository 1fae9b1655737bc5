"use client";

import { type ReactNode, createContext, useCallback, useContext, useRef, useState } from "react";

/** The number of lines that stay available to screen readers. */
const KEPT = 5;

interface Line {
  readonly id: number;
  readonly text: string;
}

const AnnounceContext = createContext<(text: string) => void>(() => undefined);

/**
 * Announces new messages to screen readers. The visible list is not a live region, as loaded history
 * would be announced as new.
 */
export function AnnouncerProvider({ children }: { children: ReactNode }) {
  const [lines, setLines] = useState<readonly Line[]>([]);
  const next = useRef(0);
  const announce = useCallback((text: string) => {
    const id = next.current++;
    setLines((before) => [...before, { id, text }].slice(-KEPT));
  }, []);

  return (
    <AnnounceContext value={announce}>
      {children}
      <div className="visually-hidden" role="log" aria-label="New messages" data-testid="announcer">
        {lines.map((line) => (
          <p key={line.id}>{line.text}</p>
        ))}
      </div>
    </AnnounceContext>
  );
}

export function useAnnounce(): (text: string) => void {
  return useContext(AnnounceContext);
}
