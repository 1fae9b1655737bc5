"use client";

import { useSyncExternalStore } from "react";

const KEY = "chat.user";
const listeners = new Set<() => void>();

/** Of this tab: a second tab can be somebody else, which is what one wants for trying out. */
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

/** Who is signed in; `undefined` while that is not known, as in the page that was built. */
export function useSession(): string | null | undefined {
  return useSyncExternalStore<string | null | undefined>(subscribe, read, () => undefined);
}
