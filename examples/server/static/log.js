// The part of a room's log that the page has loaded. Pure: uses no network and no DOM.

export const PAGE = 50;

export class RoomLog {
  messages = new Map(); // seq -> message
  pending = []; // { clientMessageId, text, createdAt, error? }: unacknowledged messages, in order
  epoch = null;
  position = 0; // everything up to this position has arrived
  cursor = null; // cursor of the next older page; null if there is none
  floor = 0; // the lowest loaded seq; changes below it are not shown
  readSeq = 0;
  #aside = null; // changes below the floor while an older page is loading

  constructor(me) { this.me = me; }

  /** The fields for JOIN_ROOM: resumes from the known position, or asks for the newest page. */
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

  /** Any event from the log, that is, with a `rev`. */
  event({ type, message, seq, rev, deletedAt }) {
    if (message) this.#put(message);
    if (type === 'MESSAGE_DELETED') {
      this.#put({ seq, rev, deletedAt, text: '', attachments: undefined, reactions: undefined });
    }
    this.position = Math.max(this.position, rev);
  }

  /** MESSAGE_ACK. Shows the message at once, unless its event has arrived. A later event replaces it. */
  acked(row, { messageId, seq, rev, createdAt }) {
    this.pending = this.pending.filter((other) => other !== row);
    if (this.messages.has(seq)) return;
    this.#put({ id: messageId, kind: 'user', seq, rev, senderId: this.me, text: row.text,
      clientMessageId: row.clientMessageId, createdAt, guess: true });
  }

  /** Call before requesting the page before `cursor`. */
  loading() { this.#aside = []; }

  /** A page of older messages. */
  older({ messages, page }) {
    const late = this.#aside;
    if (!late) return; // the log was reset in the meantime
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
    if (!known && !message.kind) return; // the deletion of a message that was never loaded
    this.messages.set(message.seq, message.kind ? message : { ...known, ...message });
    if (message.senderId === this.me && message.clientMessageId) {
      this.pending = this.pending.filter((row) => row.clientMessageId !== message.clientMessageId);
    }
  }
}
