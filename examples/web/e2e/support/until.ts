import { setTimeout as pause } from "node:timers/promises";

const PATIENCE_MS = 20_000;
const INTERVAL_MS = 25;

/** Waits for something to be there; fails, with these words, if it does not come. */
export async function until<T>(what: string, look: () => T | Promise<T>, patienceMs = PATIENCE_MS): Promise<NonNullable<T>> {
  const end = Date.now() + patienceMs;
  for (;;) {
    const seen = await look();
    if (seen !== null && seen !== undefined && seen !== false) return seen;
    if (Date.now() > end) throw new Error(`waited in vain: ${what}`);
    await pause(INTERVAL_MS);
  }
}
