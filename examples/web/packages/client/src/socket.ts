import { type CloseReason, LocalClose } from "./connection-state.js";
import type { Cancel } from "./environment.js";
import type { ServerEvent } from "./events.js";
import type { Command, HelloEvent } from "./generated/wire.js";
import type { Settings } from "./settings.js";

/** What a socket tells. After `closed` it tells no more. */
export interface SocketListener {
  hello(hello: HelloEvent): void;
  event(event: ServerEvent): void;
  malformed(frame: unknown, error: unknown): void;
  closed(close: CloseReason): void;
}

/**
 * One socket, from the request for a token to its end.
 *
 * It finds out by itself when the other side is gone: a socket whose peer has vanished stays open for
 * minutes, and a page does not see WebSocket pings.
 */
export class Socket {
  #socket: InstanceType<Settings["WebSocket"]> | undefined;
  #greeted = false;
  #over = false;
  #timer: Cancel;
  /** The token it was opened with. */
  token: string | undefined;

  constructor(
    private readonly url: string,
    private readonly settings: Settings,
    private readonly listener: SocketListener,
    refresh: boolean,
  ) {
    // One limit over all of it: token, upgrade and the first frame.
    this.#timer = settings.clock.after(settings.connectTimeoutMs, () => {
      this.#end({ code: LocalClose.CONNECT_TIMEOUT, reason: "no greeting in time" });
    });
    void this.#open(refresh);
  }

  /** Whether the command went to the socket; not whether it arrived. */
  send(command: Command): boolean {
    if (!this.#greeted || this.#over) return false;
    this.#socket?.send(JSON.stringify(command));
    return true;
  }

  /** Asks now for a sign of life. */
  probe(): void {
    if (!this.#greeted || this.#over) return;
    this.#timer();
    this.send({ type: "PING" });
    this.#timer = this.settings.clock.after(this.settings.pongTimeoutMs, () => {
      this.#end({ code: LocalClose.UNRESPONSIVE, reason: "no sign of life" });
    });
  }

  close(close: CloseReason): void {
    this.#end(close);
  }

  async #open(refresh: boolean): Promise<void> {
    const { getToken, tokenIn, WebSocket } = this.settings;
    let token: string;
    try {
      // In a turn of its own, so that nothing ends before its owner holds it.
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
      // A close follows, and says more.
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
      // Nobody waits for the closing handshake: the other side may be long gone.
      socket.onmessage = socket.onclose = null;
      try {
        socket.close(1000);
      } catch {
        // It never opened.
      }
    }
    this.listener.closed(close);
  }
}
