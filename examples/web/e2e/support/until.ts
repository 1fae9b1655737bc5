import { setTimeout as pause } from "node:timers/promises";

const PATIENCE_MS = 20_000;
const INTERVAL_MS = 25;

/** Waits until `look` returns a value. Fails with `what` in its message if that takes too long. */
export async function until<T>(what: string, look: () => T | Promise<T>, patienceMs = PATIENCE_MS): Promise<NonNullable<T>> {
  const end = Date.now() + patienceMs;
  for (;;) {
    const seen = await look();
    if (seen !== null && seen !== undefined && seen !== false) return seen;
    if (Date.now() > end) throw new Error(`timed out waiting for: ${what}`);
    await pause(INTERVAL_MS);
  }
}
