import { Backoff } from "./backoff.js";
import { closeVerdict } from "./close-verdict.js";
import { type CloseReason, type ConnectionState, LocalClose } from "./connection-state.js";
import type { Cancel } from "./environment.js";
import type { ServerEvent } from "./events.js";
import type { Command, HelloEvent } from "./generated/wire.js";
import { type Answered, Requests } from "./requests.js";
import { ChatError } from "./errors.js";
import type { Settings } from "./settings.js";
import { Socket } from "./socket.js";

/** Receives the events of a connection. */
export interface ConnectionListener {
  state(state: ConnectionState): void;
  /** A socket is connected. */
  up(hello: HelloEvent): void;
  /** The socket is gone. Pending requests have failed with `DISCONNECTED`. */
  down(): void;
  event(event: ServerEvent): void;
  malformed(frame: unknown, error: unknown): void;
}

/** A command without its `ref`, which the connection adds. */
export type CommandBody = Command extends infer C ? (C extends Command ? Omit<C, "ref"> : never) : never;

/** A connection that replaces its socket until it is closed. */
export class Connection {
  #state: ConnectionState = { status: "idle" };
  #socket: Socket | undefined;
  #up = false;
  readonly #backoff: Backoff;
  readonly #requests: Requests;
  #timer: Cancel = () => {};
  #stopWake: Cancel = () => {};
  /** The last token, if the server rejected it. */
  #refused: string | undefined;
  #refresh = false;
  /** The delay that the server requested before the next connection. */
  #advisedMs: number | undefined;

  constructor(
    private readonly url: string,
    private readonly settings: Settings,
    private readonly listener: ConnectionListener,
  ) {
    this.#backoff = new Backoff(settings.backoffMinMs, settings.backoffMaxMs, settings.random);
    this.#requests = new Requests(settings.clock, settings.ackTimeoutMs);
  }

  get state(): ConnectionState {
    return this.#state;
  }

  open(): void {
    if (this.#state.status !== "idle" && this.#state.status !== "closed") return;
    this.#backoff.reset();
    this.#refused = this.#advisedMs = undefined;
    this.#refresh = false;
    this.#stopWake();
    this.#stopWake = this.settings.wake.onWake(() => this.#wake());
    this.#attempt({ status: "connecting", attempt: 0 });
  }

  close(): void {
    if (this.#state.status === "idle" || this.#state.status === "closed") return;
    this.#stop({ code: LocalClose.DISCONNECTED, reason: "closed by the app" });
  }

  retryNow(): void {
    const state = this.#state;
    if (state.status !== "reconnecting" || state.retryAt === null) return;
    this.#timer();
    this.#attempt({ ...state, retryAt: null });
  }

  /** `true` if commands can be sent now. */
  get up(): boolean {
    return this.#up;
  }

  send(command: CommandBody): boolean {
    return this.#up && (this.#socket?.send(command) ?? false);
  }

  /** Sends a command. Calls `answered` exactly once, possibly before it returns. */
  request(command: CommandBody, answered: Answered): void {
    if (!this.#up) return answered(new ChatError("DISCONNECTED", "not connected"));
    const ref = this.#requests.open((answer) => {
      // The connection may be dead rather than the server slow.
      if (answer instanceof ChatError && answer.code === "TIMEOUT") this.#socket?.probe();
      answered(answer);
    });
    this.#socket?.send({ ...command, ref });
  }

  #wake(): void {
    if (this.#up) this.#socket?.probe();
    else this.retryNow();
  }

  #attempt(state: ConnectionState): void {
    this.#enter(state);
    const refresh = this.#refresh;
    this.#refresh = false;
    const current = (): boolean => this.#socket === socket;
    const socket: Socket = new Socket(
      this.url,
      this.settings,
      {
        hello: (hello) => current() && this.#hello(hello),
        event: (event) => current() && this.#event(event),
        malformed: (frame, error) => current() && this.listener.malformed(frame, error),
        closed: (close) => current() && this.#closed(close),
      },
      refresh,
    );
    this.#socket = socket;
  }

  #hello(hello: HelloEvent): void {
    this.#up = true;
    this.#refused = this.#advisedMs = undefined;
    this.#timer = this.settings.clock.after(this.settings.stableAfterMs, () => this.#backoff.reset());
    this.#enter({ status: "connected", userId: hello.userId, connectionId: hello.connectionId });
    this.listener.up(hello);
    this.listener.event(hello);
  }

  #event(event: ServerEvent): void {
    if (event.type === "GOING_AWAY") this.#advisedMs = event.reconnectAfterMs;
    // An error without a `ref` concerns the connection, and a close follows.
    if (event.type === "ERROR" && event.code === "UNAVAILABLE" && event.ref == null) {
      this.#advisedMs = event.retryAfterMs;
    }
    if (event.type === "TOKEN_EXPIRING") void this.#renewToken();
    if (event.type !== "unknown") this.#requests.answer(event);
    this.listener.event(event);
  }

  async #renewToken(): Promise<void> {
    const socket = this.#socket;
    let token: string;
    try {
      token = await this.settings.getToken({ refresh: true });
    } catch {
      // The server closes when the token expires, and the next connection asks again.
      return;
    }
    if (this.#socket !== socket) return;
    this.request({ type: "REFRESH_TOKEN", token }, () => {});
  }

  #closed(close: CloseReason): void {
    const refused = this.#socket?.token;
    this.#down();
    const failures = this.#backoff.failures;
    let wait = this.#backoff.next();
    switch (closeVerdict(close.code, close.reason)) {
      case "fatal":
        return this.#stop(close);
      case "fresh-token":
        // A second rejection in a row is final.
        if (this.#refused !== undefined) return this.#stop(close);
        this.#refused = refused ?? "";
        this.#refresh = true;
        if (failures === 0) wait = 0;
        break;
      case "later":
        wait = this.#backoff.longest();
        break;
      case "retry":
        break;
    }
    // The server has already added jitter to its advice.
    if (this.#advisedMs !== undefined) wait = this.#advisedMs;
    this.#advisedMs = undefined;
    const retryAt = this.settings.clock.now() + wait;
    this.#timer = this.settings.clock.after(wait, () => this.retryNow());
    this.#enter({ status: "reconnecting", attempt: failures + 1, retryAt, ...close });
  }

  #stop(close: CloseReason): void {
    this.#stopWake();
    const socket = this.#socket;
    this.#down();
    socket?.close(close);
    this.#enter({ status: "closed", ...close });
  }

  #down(): void {
    this.#timer();
    this.#socket = undefined;
    if (!this.#up) return;
    this.#up = false;
    this.#requests.abandon();
    this.listener.down();
  }

  #enter(state: ConnectionState): void {
    this.#state = state;
    this.listener.state(state);
  }
}
