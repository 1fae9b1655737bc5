/** How much of what happened is kept to be done again. */
const KEPT = 500;

/**
 * What happened in a room lately, to be done again to what a request brings.
 *
 * A page is read while the room goes on, and when it has come the cache puts it beside the pages that it
 * had *before* the request: what came meanwhile would be gone. It does no harm the second time,
 * so the last of it is applied to whatever enters the cache.
 */
export class Journal<Entry> {
  #entries: Entry[] = [];

  add(entry: Entry): void {
    this.#entries.push(entry);
    if (this.#entries.length > 2 * KEPT) this.#entries = this.#entries.slice(-KEPT);
  }

  clear(): void {
    this.#entries = [];
  }

  replay<Data>(data: Data, apply: (entry: Entry, data: Data) => Data): Data {
    return this.#entries.reduce((result, entry) => apply(entry, result), data);
  }
}
