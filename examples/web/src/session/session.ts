"use client";

import { useSyncExternalStore } from "react";

const KEY = "chat.user";
const listeners = new Set<() => void>();

/** The session belongs to one tab, so that a second tab can be another user. */
function read(): string | null {
  return window.sessionStorage.getItem(KEY);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function signIn(userId: string): void {
  window.sessionStorage.setItem(KEY, userId);
  for (const listener of listeners) listener();
}

export function signOut(): void {
  window.sessionStorage.removeItem(KEY);
  for (const listener of listeners) listener();
}

/** Returns the signed-in user. `undefined` means not yet known, as in the exported page. */
export function useSession(): string | null | undefined {
  return useSyncExternalStore<string | null | undefined>(subscribe, read, () => undefined);
}
