import type { Unsubscribe } from "./events.js";

type Listener = (event: never) => void;

/** Calls listeners in the order of subscription. A listener that throws does not affect the others. */
export class Emitter<Events extends object> {
  readonly #listeners = new Map<keyof Events, Set<{ call: Listener }>>();

  on<E extends keyof Events>(event: E, call: (event: Events[E]) => void): Unsubscribe {
    // A separate entry, so that one function can subscribe twice and unsubscribe each independently.
    const entry = { call: call as Listener };
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners.add(entry));
    return () => void listeners.delete(entry);
  }

  emit<E extends keyof Events>(event: E, value: Events[E]): void {
    for (const { call } of [...(this.#listeners.get(event) ?? [])]) {
      try {
        call(value as never);
      } catch (error) {
        // Report it as an uncaught error.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
