import type { Unsubscribe } from "../events.js";
import type { OutboxItem } from "./item.js";

/**
 * Where what is to be sent survives a reload.
 *
 * Several tabs may share one: a tab that opens sends what it finds, also where another tab still does,
 * which stores nothing twice (`clientMessageId`) and keeps the order (each tab sends the next only when
 * the one before is durable).
 */
export interface OutboxStorage {
  /** All items of a user, in any order. */
  load(userId: string): Promise<readonly OutboxItem[]> | readonly OutboxItem[];
  /** Adds an item, or replaces that of the same `clientMessageId`. */
  put(userId: string, item: OutboxItem): Promise<void> | void;
  /** Takes an item away, if it is there. */
  remove(userId: string, clientMessageId: string): Promise<void> | void;
  /** Tells what another tab has taken away. */
  watch?(userId: string, removed: (clientMessageId: string) => void): Unsubscribe;
}
