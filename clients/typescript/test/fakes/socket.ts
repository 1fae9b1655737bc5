import type { Command, SocketLike, WebSocketConstructor } from "../../src/index.js";

/** A socket that the test controls. */
export class FakeSocket implements SocketLike {
  onmessage: ((event: any) => void) | null = null;
  onclose: ((event: any) => void) | null = null;
  onerror: ((event: any) => void) | null = null;
  readonly sent: (Command & { ref?: string | null })[] = [];
  /** `true` once the client has closed the socket. */
  closed = false;

  constructor(
    readonly url: string,
    readonly protocols: readonly string[],
  ) {}

  send(frame: string): void {
    this.sent.push(JSON.parse(frame) as Command);
  }

  close(): void {
    this.closed = true;
  }

  say(event: object): void {
    this.raw(JSON.stringify(event));
  }

  raw(data: string): void {
    this.onmessage?.({ data });
  }

  hello(more: object = {}): void {
    this.say({
      type: "HELLO",
      userId: "alice",
      connectionId: "c",
      nodeId: "n",
      heartbeatMs: 25_000,
      limits: { maxFrameBytes: 65_536, maxTextChars: 4_000, maxRoomsPerConnection: 200 },
      ...more,
    });
  }

  end(code: number, reason = ""): void {
    this.onclose?.({ code, reason });
  }

  last(type: Command["type"]): Command & { ref?: string | null } {
    const command = this.sent.findLast((sent) => sent.type === type);
    if (!command) throw new Error(`no ${type} among ${JSON.stringify(this.sent)}`);
    return command;
  }
}

/** Returns a constructor that records its sockets. */
export function fakeSockets(): { sockets: FakeSocket[]; WebSocket: WebSocketConstructor; last(): FakeSocket } {
  const sockets: FakeSocket[] = [];
  return {
    sockets,
    WebSocket: class extends FakeSocket {
      constructor(url: string, protocols: string[]) {
        super(url, protocols);
        sockets.push(this);
      }
    },
    last: () => {
      const socket = sockets.at(-1);
      if (!socket) throw new Error("no socket was opened");
      return socket;
    },
  };
}
