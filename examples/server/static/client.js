// One connection that comes back: connecting, liveness, tokens, requests and their answers.
// It knows no rooms; whoever uses it joins again on each HELLO.

const BACKOFF = { first: 500, most: 20_000, stableAfter: 10_000 };
const CONNECT_TIMEOUT = 10_000;
const ANSWER_TIMEOUT = 10_000;

/** The wait before attempt n (from 0). The jitter comes after the cap, so that a crowd stays spread. */
export function backoff(n, random = Math.random) {
  const most = Math.min(BACKOFF.most, BACKOFF.first * 2 ** n);
  return most / 2 + random() * (most / 2);
}

/** What a close code asks for: 'retry', 'renew' (with a new token), 'later' or 'stop'. */
export function verdict(code, reason) {
  if (code === 1008) return /^(UNAUTHENTICATED|TOKEN_EXPIRED)/.test(reason) ? 'renew' : 'stop';
  if (code === 4001) return 'renew';
  if (code === 4003) return 'stop';
  if (code === 4029) return 'later';
  return 'retry';
}

export class ChatClient {
  #socket = null;
  #attempt = 0;
  #timer = null; // the next attempt, or the liveness check
  #stable = null;
  #advised = null; // from GOING_AWAY
  #heard = 0;
  #refused = false; // the last token was new and still not accepted
  #renew = false;
  #stopped = false;
  #try = null; // the latest call of connect(); an earlier one that wakes up later gives way
  #answers = new Map(); // ref -> { resolve, reject, timer }
  #ref = 0;

  /** `getToken(renew)` resolves to a token; `onEvent(event)`; `onState({ state, inMs, reason })`. */
  constructor({ url, getToken, onEvent, onState }) {
    Object.assign(this, { url, getToken, onEvent, onState });
    this.ready = false;
    this.limits = {};
    this.online = () => { if (!this.ready && !this.#stopped) this.#schedule(Math.random() * 500); };
    window.addEventListener('online', this.online);
  }

  /** Also: at once, while waiting; and again, after a stop. */
  async connect() {
    const mine = this.#try = {};
    this.#stopped = false;
    this.#drop();
    this.onState({ state: 'connecting' });
    const renewed = this.#renew;
    let token;
    try {
      token = await this.getToken(renewed);
    } catch (error) {
      if (mine !== this.#try || this.ended) return;
      if (error.fatal) return this.#stop(error.message);
      return this.#schedule(backoff(this.#attempt++));
    }
    if (mine !== this.#try || this.ended) return;
    this.#renew = false;
    const socket = new WebSocket(`${this.url}?token=${encodeURIComponent(token)}`, 'chat.v1');
    this.#socket = socket;
    this.#timer = setTimeout(() => this.#lost(socket, 4000, 'timeout'), CONNECT_TIMEOUT);
    socket.onmessage = ({ data }) => { if (socket === this.#socket) this.#receive(data); };
    socket.onclose = ({ code, reason }) => this.#lost(socket, code, reason, renewed);
  }

  /** Ends for good. */
  close() {
    this.ended = true;
    window.removeEventListener('online', this.online);
    this.#drop();
  }

  /** Sends without asking for an answer; does nothing while not connected. */
  tell(command) {
    if (this.ready) this.#socket.send(JSON.stringify(command));
  }

  /** Resolves to the answer, or rejects with `{ code, message, retryAfterMs }`. */
  request(command) {
    if (!this.ready) return Promise.reject({ code: 'LOST', message: 'not connected' });
    const ref = String(++this.#ref);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#answers.delete(ref);
        reject({ code: 'TIMEOUT', message: 'no answer' });
      }, ANSWER_TIMEOUT);
      this.#answers.set(ref, { resolve, reject, timer });
      this.tell({ ...command, ref });
    });
  }

  #receive(data) {
    this.#heard = Date.now();
    const event = JSON.parse(data);
    if (event.type === 'HELLO') this.#hello(event);
    if (event.type === 'TOKEN_EXPIRING') this.#refresh();
    if (event.type === 'GOING_AWAY') this.#advised = event.reconnectAfterMs;
    const answer = event.ref && this.#answers.get(event.ref);
    if (answer) {
      this.#answers.delete(event.ref);
      clearTimeout(answer.timer);
      if (event.type === 'ERROR') answer.reject(event); else answer.resolve(event);
      if (event.type === 'ERROR') return;
    }
    this.onEvent(event);
  }

  #hello(event) {
    this.ready = true;
    this.limits = event.limits;
    this.#refused = false;
    this.#advised = null;
    clearTimeout(this.#timer);
    this.#stable = setTimeout(() => { this.#attempt = 0; }, BACKOFF.stableAfter);
    const beat = event.heartbeatMs;
    this.#timer = setInterval(() => {
      // A browser hides WebSocket pings, so a half-open connection shows only by silence.
      if (Date.now() - this.#heard > 2 * beat) this.#lost(this.#socket, 4000, 'silent');
      else this.tell({ type: 'PING' });
    }, beat);
    this.onState({ state: 'connected' });
  }

  async #refresh() {
    // Should this fail, the server closes with 4001 and the next attempt brings a new token.
    try { await this.request({ type: 'REFRESH_TOKEN', token: await this.getToken(true) }); } catch { }
  }

  #lost(socket, code, reason, renewed) {
    if (socket !== this.#socket || this.ended) return;
    const wasReady = this.ready;
    this.#drop();
    switch (verdict(code, reason)) {
      case 'stop':
        return this.#stop(code === 4003 ? 'The connection was ended by an administrator' : `Closed: ${reason || code}`);
      case 'renew':
        // A new token that is refused will not get better by asking again.
        if (renewed && !wasReady && this.#refused) return this.#stop('The server does not accept this name');
        this.#renew = true;
        this.#refused = Boolean(renewed && !wasReady);
        return this.#schedule(backoff(this.#attempt++));
      case 'later':
        return this.#schedule(30_000 + Math.random() * 30_000);
      default: {
        const advised = this.#advised;
        this.#advised = null;
        return this.#schedule(advised ?? backoff(this.#attempt++));
      }
    }
  }

  #schedule(inMs) {
    if (this.ended) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.connect(), inMs);
    this.onState({ state: 'waiting', inMs });
  }

  #stop(reason) {
    this.#stopped = true;
    this.#renew = true;
    this.onState({ state: 'stopped', reason });
  }

  #drop() {
    const socket = this.#socket;
    this.#socket = null;
    this.ready = false;
    clearTimeout(this.#timer);
    clearTimeout(this.#stable);
    for (const { reject, timer } of this.#answers.values()) {
      clearTimeout(timer);
      reject({ code: 'LOST', message: 'the connection was lost' });
    }
    this.#answers.clear();
    socket?.close();
  }
}
