const KEPT = 500;

/**
 * The recent changes of a room, to apply again to fetched data.
 *
 * When a page arrives, the cache adds it to the pages from *before* the request, which would lose all
 * changes since. Changes are idempotent, so the recent ones are applied to everything that enters the
 * cache.
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
