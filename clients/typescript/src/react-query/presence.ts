import type { ChatClient } from "../client.js";
import type { Unsubscribe } from "../events.js";
import type { Presence } from "../rest/index.js";

const BATCH = 100;

/** The presence of watched users, requested in batches and updated by events. */
export class PresenceWatch {
  readonly #users = new Map<string, Presence>();
  readonly #watched = new Map<string, number>();
  readonly #listeners = new Set<() => void>();
  #wanted = new Set<string>();

  constructor(private readonly client: ChatClient) {}

  /** Subscribes to events, and returns a function that unsubscribes. */
  open(): Unsubscribe {
    const { client } = this;
    const ends = [
      client.on("USER_ONLINE", ({ userId }) => this.#set({ userId, online: true })),
      client.on("USER_OFFLINE", ({ userId, lastSeenAt }) =>
        this.#set({ userId, online: false, ...(lastSeenAt == null ? {} : { lastSeenAt }) }),
      ),
      // Catches up on events missed while disconnected.
      client.on("state", ({ status }) => {
        if (status === "connected") this.#ask(this.#watched.keys());
      }),
    ];
    return () => {
      for (const end of ends) end();
    };
  }

  get(userId: string): Presence | undefined {
    return this.#users.get(userId);
  }

  watch(userIds: readonly string[], listener: () => void): Unsubscribe {
    this.#listeners.add(listener);
    for (const user of userIds) this.#watched.set(user, (this.#watched.get(user) ?? 0) + 1);
    this.#ask(userIds.filter((user) => !this.#users.has(user)));
    return () => {
      this.#listeners.delete(listener);
      for (const user of userIds) {
        const left = (this.#watched.get(user) ?? 1) - 1;
        if (left > 0) this.#watched.set(user, left);
        else {
          this.#watched.delete(user);
          // Forget unwatched users, as no event says when they no longer share a room.
          this.#users.delete(user);
        }
      }
    };
  }

  #set(presence: Presence): void {
    if (!this.#watched.has(presence.userId)) return;
    this.#users.set(presence.userId, presence);
    for (const listener of [...this.#listeners]) listener();
  }

  /** Combines the users of one microtask turn into one request. */
  #ask(userIds: Iterable<string>): void {
    const first = this.#wanted.size === 0;
    for (const user of userIds) this.#wanted.add(user);
    if (first && this.#wanted.size > 0) queueMicrotask(() => void this.#fetch());
  }

  async #fetch(): Promise<void> {
    const users = [...this.#wanted];
    this.#wanted = new Set();
    for (let at = 0; at < users.length; at += BATCH) {
      try {
        const list = await this.client.rest.presence(users.slice(at, at + BATCH));
        for (const presence of list.users) this.#set(presence);
      } catch {
        // The next connection retries. Until then these users are shown as offline.
        return;
      }
    }
  }
}
