import type { Unsubscribe } from "../events.js";
import { type OutboxItem, requeued } from "./item.js";
import type { OutboxStorage } from "./storage.js";

/** What the outbox is to do about other visits of the same user. */
export interface PersistenceListener {
  loaded(items: readonly OutboxItem[]): void;
  /** Another tab has sent or cancelled it. */
  removedElsewhere(clientMessageId: string): void;
  failed(error: unknown): void;
}

/** Keeps a storage in step with the outbox of one user, in the order of the changes. */
export class Persistence {
  #userId: string | undefined;
  /** Set while an operation is under way: those that follow wait for it. */
  #last: Promise<void> | undefined;
  #stopWatching: Unsubscribe = () => {};

  constructor(
    private readonly storage: OutboxStorage | undefined,
    private readonly listener: PersistenceListener,
  ) {}

  /** From now on it is this user's. `unsaved` are the items that nobody has stored yet. */
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
        // Of another user by now: theirs are not to be sent.
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

  /** At once where that is possible: the page may be gone in the next moment. */
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
