import type { Cancel, Clock } from "./environment.js";

/** The users who are typing. A user is removed unless the event is repeated in time. */
export class TypingUsers {
  readonly #timers = new Map<string, Cancel>();
  #users: readonly string[] = [];

  constructor(
    private readonly clock: Clock,
    private readonly changed: (users: readonly string[]) => void,
  ) {}

  get users(): readonly string[] {
    return this.#users;
  }

  set(userId: string, typing: boolean, expiresInMs = 0): void {
    this.#timers.get(userId)?.();
    if (typing) this.#timers.set(userId, this.clock.after(expiresInMs, () => this.set(userId, false)));
    else if (!this.#timers.delete(userId)) return;
    this.#tell();
  }

  clear(): void {
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
    this.#tell();
  }

  #tell(): void {
    const users = [...this.#timers.keys()];
    if (users.length === this.#users.length && users.every((user, at) => user === this.#users[at])) return;
    this.#users = users;
    this.changed(users);
  }
}
