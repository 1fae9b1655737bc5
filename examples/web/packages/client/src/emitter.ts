import type { Unsubscribe } from "./events.js";

type Listener = (event: never) => void;

/** Tells listeners, in the order in which they came. One that throws does not keep the others from hearing. */
export class Emitter<Events extends object> {
  readonly #listeners = new Map<keyof Events, Set<{ call: Listener }>>();

  on<E extends keyof Events>(event: E, call: (event: Events[E]) => void): Unsubscribe {
    // An entry of its own, so that one function may listen twice and each end by itself.
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
        // It is the listener's fault, and to be seen as any uncaught error is.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
