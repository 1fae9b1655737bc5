import type { OutboxItem } from "./item.js";
import type { OutboxStorage } from "./storage.js";

/**
 * An outbox storage in `localStorage`. Writes are synchronous, so that a closing page loses nothing. It
 * uses one entry per item, and ignores all other entries.
 */
export function webStorage(storage: Storage, prefix = "chat-outbox"): OutboxStorage {
  // Encoded, as an id may contain the separator.
  const folder = (userId: string): string => `${prefix}:${encodeURIComponent(userId)}:`;
  const key = (userId: string, clientMessageId: string): string => folder(userId) + clientMessageId;
  return {
    load(userId) {
      const items: OutboxItem[] = [];
      for (let at = 0; at < storage.length; at += 1) {
        const name = storage.key(at);
        if (!name?.startsWith(folder(userId))) continue;
        const item = readItem(storage.getItem(name));
        if (item) items.push(item);
      }
      return items;
    },
    put(userId, item) {
      storage.setItem(key(userId, item.clientMessageId), JSON.stringify(item));
    },
    remove(userId, clientMessageId) {
      storage.removeItem(key(userId, clientMessageId));
    },
    watch(userId, removed) {
      if (typeof window === "undefined") return () => {};
      const heard = (event: StorageEvent): void => {
        if (event.storageArea !== storage || event.newValue !== null) return;
        if (event.key?.startsWith(folder(userId))) removed(event.key.slice(folder(userId).length));
      };
      window.addEventListener("storage", heard);
      return () => window.removeEventListener("storage", heard);
    },
  };
}

/** Returns a storage in the page's `localStorage`, if it exists and is allowed. */
export function defaultStorage(): OutboxStorage | undefined {
  try {
    return typeof window === "undefined" ? undefined : webStorage(window.localStorage);
  } catch {
    return undefined;
  }
}

function readItem(text: string | null): OutboxItem | undefined {
  try {
    const item = JSON.parse(text ?? "") as OutboxItem;
    return typeof item.clientMessageId === "string" && typeof item.roomId === "string" ? item : undefined;
  } catch {
    return undefined;
  }
}
