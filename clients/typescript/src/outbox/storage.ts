import type { Unsubscribe } from "../events.js";
import type { OutboxItem } from "./item.js";

/**
 * Keeps the outbox over a reload.
 *
 * Several tabs may share a storage. A new tab sends all items that it finds, even if another tab is
 * sending them too. The server stores each message once (by `clientMessageId`), and the order holds, as
 * each tab sends a message only after the previous one is durable.
 */
export interface OutboxStorage {
  /** Returns all items of a user, in any order. */
  load(userId: string): Promise<readonly OutboxItem[]> | readonly OutboxItem[];
  /** Adds an item, or replaces the one with the same `clientMessageId`. */
  put(userId: string, item: OutboxItem): Promise<void> | void;
  /** Removes an item, if it exists. */
  remove(userId: string, clientMessageId: string): Promise<void> | void;
  /** Reports items that another tab has removed. */
  watch?(userId: string, removed: (clientMessageId: string) => void): Unsubscribe;
}
