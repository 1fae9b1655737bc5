// What this page knows of one room's log. Pure: no network, no page.

export const PAGE = 50;

export class RoomLog {
  messages = new Map(); // seq -> message
  pending = []; // { clientMessageId, text, createdAt, error? }: not acknowledged yet, in order
  epoch = null;
  position = 0; // everything up to here has arrived
  cursor = null; // where older messages go on; null when there are none
  floor = 0; // the lowest seq that is loaded; what happens below it is not shown
  readSeq = 0;
  #aside = null; // changes below the floor while an older page is on its way

  constructor(me) { this.me = me; }

  /** What to join with: from where we are, if we were here before. */
  joinFields() {
    return this.epoch ? { epoch: this.epoch, after: this.position } : { history: PAGE };
  }

  /** ROOM_JOINED */
  joined({ epoch, head, recovered, messages = [], readSeq }) {
    this.readSeq = readSeq;
    if (recovered) return; // ROOM_SYNC brings the rest, and moves the position
    this.epoch = epoch;
    this.position = head;
    this.messages.clear();
    const full = messages.length >= PAGE;
    this.cursor = full ? String(messages[0].seq) : null;
    this.floor = full ? messages[0].seq : 0;
    this.#aside = null;
    messages.forEach((message) => this.#put(message));
  }

  /** ROOM_SYNC */
  sync({ changes, through }) {
    changes.forEach((message) => this.#put(message));
    this.position = through;
  }

  /** Any event that stands in the log, that is, has a `rev`. */
  event({ type, message, seq, rev, deletedAt }) {
    if (message) this.#put(message);
    if (type === 'MESSAGE_DELETED') {
      this.#put({ seq, rev, deletedAt, text: '', attachments: undefined, reactions: undefined });
    }
    this.position = Math.max(this.position, rev);
  }

  /** MESSAGE_ACK. Shown at once; the event, which may be here already, has the last word. */
  acked(row, { messageId, seq, rev, createdAt }) {
    this.pending = this.pending.filter((other) => other !== row);
    if (this.messages.has(seq)) return;
    this.#put({ id: messageId, kind: 'user', seq, rev, senderId: this.me, text: row.text,
      clientMessageId: row.clientMessageId, createdAt, guess: true });
  }

  /** Call before asking for the page before `cursor`. */
  loading() { this.#aside = []; }

  /** A page of older messages. */
  older({ messages, page }) {
    const late = this.#aside;
    if (!late) return; // the log was reset meanwhile
    this.#aside = null;
    this.cursor = page.before;
    this.floor = page.before === null ? 0 : messages[0]?.seq ?? this.floor;
    [...messages, ...late].forEach((message) => this.#put(message));
  }

  /** By ascending seq. */
  sorted() { return [...this.messages.values()].sort((a, b) => a.seq - b.seq); }

  get newest() { return this.messages.size ? Math.max(...this.messages.keys()) : 0; }

  #put(message) {
    if (message.seq < this.floor) return void this.#aside?.push(message);
    const known = this.messages.get(message.seq);
    if (known && (known.rev > message.rev || (known.rev === message.rev && !known.guess))) return;
    if (!known && !message.kind) return; // a deletion of what was never here
    this.messages.set(message.seq, message.kind ? message : { ...known, ...message });
    if (message.senderId === this.me && message.clientMessageId) {
      this.pending = this.pending.filter((row) => row.clientMessageId !== message.clientMessageId);
    }
  }
}
