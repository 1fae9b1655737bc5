// A connection that reconnects: connecting, liveness, tokens, requests and their answers.
// It does not know about rooms: the caller must join again on each HELLO.

const BACKOFF = { first: 500, most: 20_000, stableAfter: 10_000 };
const CONNECT_TIMEOUT = 10_000;
const ANSWER_TIMEOUT = 10_000;

/** The delay before attempt n (from 0). Jitter is applied after the cap, to keep many clients apart. */
export function backoff(n, random = Math.random) {
  const most = Math.min(BACKOFF.most, BACKOFF.first * 2 ** n);
  return most / 2 + random() * (most / 2);
}

/** The action for a close code: 'retry', 'renew' (retry with a new token), 'later' or 'stop'. */
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
  #timer = null; // for the next attempt or the liveness check
  #stable = null;
  #advised = null; // from GOING_AWAY
  #heard = 0;
  #refused = false; // true if the last token was new and was rejected
  #renew = false;
  #stopped = false;
  #try = null; // the latest call of connect(); an earlier call gives up
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

  /** Connects now, also while waiting for the next attempt or after a stop. */
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

  /** Closes the client for good. */
  close() {
    this.ended = true;
    window.removeEventListener('online', this.online);
    this.#drop();
  }

  /** Sends a command without waiting for an answer. Does nothing while disconnected. */
  tell(command) {
    if (this.ready) this.#socket.send(JSON.stringify(command));
  }

  /** Sends a command. Resolves to its answer, or rejects with `{ code, message, retryAfterMs }`. */
  request(command) {
    if (!this.ready) return Promise.reject({ code: 'LOST', message: 'Not connected' });
    const ref = String(++this.#ref);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#answers.delete(ref);
        reject({ code: 'TIMEOUT', message: 'The server did not answer' });
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
      // Browsers hide WebSocket pings, so silence is the only sign of a half-open connection.
      if (Date.now() - this.#heard > 2 * beat) this.#lost(this.#socket, 4000, 'silent');
      else this.tell({ type: 'PING' });
    }, beat);
    this.onState({ state: 'connected' });
  }

  async #refresh() {
    // If this fails, the server closes with 4001 and the next attempt uses a new token.
    try { await this.request({ type: 'REFRESH_TOKEN', token: await this.getToken(true) }); } catch { }
  }

  #lost(socket, code, reason, renewed) {
    if (socket !== this.#socket || this.ended) return;
    const wasReady = this.ready;
    this.#drop();
    switch (verdict(code, reason)) {
      case 'stop':
        return this.#stop(code === 4003 ? 'An administrator closed the connection' : `Connection closed: ${reason || code}`);
      case 'renew':
        // If a new token is rejected too, another one will not help.
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
      reject({ code: 'LOST', message: 'The connection was lost' });
    }
    this.#answers.clear();
    socket?.close();
  }
}
