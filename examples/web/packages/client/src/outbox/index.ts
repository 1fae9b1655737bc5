import type { OutboxItem } from "./item.js";

/** What is on its way. Per room in order: a message goes out when the one before is durable. */
export interface Outbox {
  /** All items, or those of a room, in the order of sending. */
  items(roomId?: string): readonly OutboxItem[];
  get(clientMessageId: string): OutboxItem | undefined;
  /** Sends a failed item again, after what is already waiting. */
  retry(clientMessageId: string): void;
  /** Takes an item out. `false` where it may have been sent already, or is not there. */
  cancel(clientMessageId: string): boolean;
}
