import type { OutboxItem } from "./item.js";

/**
 * Where what is to be sent survives a reload.
 *
 * Several tabs may share one. Each user's items are kept apart.
 */
export interface OutboxStorage {
  /** All items of a user, in the order in which they were first put. */
  load(userId: string): Promise<OutboxItem[]> | OutboxItem[];
  /** Adds an item, or replaces that of the same `clientMessageId`. */
  put(userId: string, item: OutboxItem): Promise<void> | void;
  /** Takes an item away, if it is there. */
  remove(userId: string, clientMessageId: string): Promise<void> | void;
}
