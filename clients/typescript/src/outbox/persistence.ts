import type { Unsubscribe } from "../events.js";
import { type OutboxItem, requeued } from "./item.js";
import type { OutboxStorage } from "./storage.js";

/** Receives the items of earlier visits, and changes by other tabs. */
export interface PersistenceListener {
  loaded(items: readonly OutboxItem[]): void;
  /** Another tab has sent or cancelled the item. */
  removedElsewhere(clientMessageId: string): void;
  failed(error: unknown): void;
}

/** Writes the changes of a user's outbox to a storage, in order. */
export class Persistence {
  #userId: string | undefined;
  /** The pending operation. Later operations wait for it. */
  #last: Promise<void> | undefined;
  #stopWatching: Unsubscribe = () => {};

  constructor(
    private readonly storage: OutboxStorage | undefined,
    private readonly listener: PersistenceListener,
  ) {}

  /** Sets the user, loads the stored items, and stores `unsaved`. */
  open(userId: string, unsaved: readonly OutboxItem[]): void {
    if (!this.storage || this.#userId === userId) return;
    const storage = this.storage;
    this.#userId = userId;
    this.#stopWatching();
    this.#stopWatching =
      storage.watch?.(userId, (removed) => this.listener.removedElsewhere(removed)) ?? (() => {});
    this.#run(() => {
      const items = storage.load(userId);
      const take = (loaded: readonly OutboxItem[]): void => {
        // If the user has changed in the meantime, these items must not be sent.
        if (this.#userId === userId) this.listener.loaded(loaded.map(requeued));
      };
      return items instanceof Promise ? items.then(take) : take(items);
    });
    for (const item of unsaved) this.put(item);
  }

  put(item: OutboxItem): void {
    const { storage } = this;
    const userId = this.#userId;
    if (storage && userId !== undefined) this.#run(() => storage.put(userId, item));
  }

  remove(clientMessageId: string): void {
    const { storage } = this;
    const userId = this.#userId;
    if (storage && userId !== undefined) this.#run(() => storage.remove(userId, clientMessageId));
  }

  /** Runs an operation at once if possible, as the page may close at any moment. */
  #run(operation: () => Promise<void> | void): void {
    if (this.#last) {
      this.#follow(this.#last.then(operation));
      return;
    }
    try {
      const done = operation();
      if (done) this.#follow(done);
    } catch (error) {
      this.listener.failed(error);
    }
  }

  #follow(done: Promise<void>): void {
    const last = done
      .catch((error: unknown) => this.listener.failed(error))
      .then(() => {
        if (this.#last === last) this.#last = undefined;
      });
    this.#last = last;
  }
}
