import { type CloseReason, LocalClose } from "./connection-state.js";
import type { Cancel } from "./environment.js";
import type { ServerEvent } from "./events.js";
import type { Command, HelloEvent } from "./generated/wire.js";
import type { Settings } from "./settings.js";

/** Receives the events of a socket. `closed` is the last one. */
export interface SocketListener {
  hello(hello: HelloEvent): void;
  event(event: ServerEvent): void;
  malformed(frame: unknown, error: unknown): void;
  closed(close: CloseReason): void;
}

/**
 * One socket, from the token request to its end.
 *
 * It probes a silent connection: a socket whose peer has vanished stays open for minutes, and browsers
 * hide WebSocket pings.
 */
export class Socket {
  #socket: InstanceType<Settings["WebSocket"]> | undefined;
  #greeted = false;
  #over = false;
  #timer: Cancel;
  /** The token that the socket was opened with. */
  token: string | undefined;

  constructor(
    private readonly url: string,
    private readonly settings: Settings,
    private readonly listener: SocketListener,
    refresh: boolean,
  ) {
    // One time limit for the token, the upgrade and the first frame.
    this.#timer = settings.clock.after(settings.connectTimeoutMs, () => {
      this.#end({ code: LocalClose.CONNECT_TIMEOUT, reason: "connect timeout" });
    });
    void this.#open(refresh);
  }

  /** Sends a command. `true` means that it was written to the socket, not that it arrived. */
  send(command: Command): boolean {
    if (!this.#greeted || this.#over) return false;
    this.#socket?.send(JSON.stringify(command));
    return true;
  }

  /** Sends a ping now and expects any frame in return. */
  probe(): void {
    if (!this.#greeted || this.#over) return;
    this.#timer();
    this.send({ type: "PING" });
    this.#timer = this.settings.clock.after(this.settings.pongTimeoutMs, () => {
      this.#end({ code: LocalClose.UNRESPONSIVE, reason: "the server does not respond" });
    });
  }

  close(close: CloseReason): void {
    this.#end(close);
  }

  async #open(refresh: boolean): Promise<void> {
    const { getToken, tokenIn, WebSocket } = this.settings;
    let token: string;
    try {
      // Asynchronously, so that the socket cannot end before its owner has a reference to it.
      token = await Promise.resolve().then(() => getToken({ refresh }));
    } catch (error) {
      return this.#end({ code: LocalClose.NO_TOKEN, reason: String(error) });
    }
    if (this.#over) return;
    this.token = token;
    const inQuery = tokenIn === "query";
    const url = inQuery ? `${this.url}?token=${encodeURIComponent(token)}` : this.url;
    try {
      const socket = new WebSocket(url, inQuery ? ["chat.v1"] : ["chat.v1", `bearer.${token}`]);
      this.#socket = socket;
      socket.onmessage = ({ data }: { data: unknown }) => this.#frame(data);
      socket.onclose = ({ code, reason }: CloseReason) => this.#end({ code, reason: String(reason) });
      // A close event with more detail follows.
      socket.onerror = () => {};
    } catch (error) {
      this.#end({ code: LocalClose.NO_SOCKET, reason: String(error) });
    }
  }

  #frame(frame: unknown): void {
    if (this.#over) return;
    if (this.#greeted) this.#alive();
    let event: ServerEvent;
    try {
      event = this.settings.parseEvent(JSON.parse(String(frame)));
    } catch (error) {
      return this.listener.malformed(frame, error);
    }
    if (event.type === "HELLO" && !this.#greeted) {
      this.#greeted = true;
      this.#alive();
      this.listener.hello(event);
    } else {
      this.listener.event(event);
    }
  }

  #alive(): void {
    this.#timer();
    this.#timer = this.settings.clock.after(this.settings.pingIntervalMs, () => this.probe());
  }

  #end(close: CloseReason): void {
    if (this.#over) return;
    this.#over = true;
    this.#timer();
    const socket = this.#socket;
    if (socket) {
      // Do not wait for the closing handshake, as the peer may be gone.
      socket.onmessage = socket.onclose = null;
      try {
        socket.close(1000);
      } catch {
        // The socket never opened.
      }
    }
    this.listener.closed(close);
  }
}
