import { once } from "node:events";
import { type IncomingMessage, type Server, createServer, request } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocket, WebSocketServer } from "ws";

/** A text frame that passes through the proxy. */
export interface Frame {
  readonly to: "server" | "client";
  readonly text: string;
  readonly json: { readonly type?: string; readonly [field: string]: unknown };
}

export type Verdict = "pass" | "hold" | "drop";

interface Pair {
  readonly client: WebSocket;
  readonly upstream: WebSocket;
}

/**
 * A proxy between a page and its server. It controls single frames of an open WebSocket, which browser
 * tools cannot do.
 */
export class Proxy {
  /** Decides what happens to each frame. */
  gate: (frame: Frame) => Verdict = () => "pass";
  /** All frames, including dropped and held ones. */
  readonly seen: Frame[] = [];

  private readonly held: { readonly frame: Frame; readonly pair: Pair }[] = [];
  private readonly pairs = new Set<Pair>();
  private readonly sockets = new WebSocketServer({ noServer: true });
  private isDown = false;

  private constructor(
    private readonly http: Server,
    private readonly target: string,
  ) {}

  static async start(target: string): Promise<Proxy> {
    const http = createServer();
    const proxy = new Proxy(http, target);
    http.on("request", (incoming, outgoing) => {
      const forward = request(target + incoming.url, { method: incoming.method, headers: incoming.headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      });
      forward.on("error", () => {
        if (!outgoing.headersSent) outgoing.writeHead(502);
        outgoing.end();
      });
      if (proxy.isDown) forward.destroy(new Error("down"));
      else incoming.pipe(forward);
    });
    http.on("upgrade", (incoming: IncomingMessage, socket: Duplex, head: Buffer) => proxy.upgrade(incoming, socket, head));
    http.listen(0, "127.0.0.1");
    await once(http, "listening");
    return proxy;
  }

  get url(): string {
    const address = this.http.address();
    if (address === null || typeof address === "string") throw new Error("the proxy is closed");
    return `http://127.0.0.1:${address.port}`;
  }

  get open(): number {
    return this.pairs.size;
  }

  /** Releases the held frames in the order given by `sorted`. */
  release(sorted: (frames: Frame[]) => Frame[] = (frames) => frames): void {
    const held = this.held.splice(0);
    for (const frame of sorted(held.map((each) => each.frame))) {
      const pair = held.find((each) => each.frame === frame)?.pair;
      if (pair !== undefined) pass(frame, pair);
    }
  }

  heldFrames(): Frame[] {
    return this.held.map((each) => each.frame);
  }

  /** Sends a frame to all clients that the server did not send. */
  inject(text: string): void {
    for (const { client } of this.pairs) client.send(text);
  }

  /** Breaks all connections without a close frame. Held frames are lost. */
  cut(): void {
    this.held.length = 0;
    for (const { client, upstream } of this.pairs) {
      client.terminate();
      upstream.terminate();
    }
  }

  /** Breaks all connections, and rejects new ones until {@link up}. */
  down(): void {
    this.isDown = true;
    this.cut();
  }

  up(): void {
    this.isDown = false;
  }

  async close(): Promise<void> {
    this.down();
    this.http.closeAllConnections();
    this.http.close();
    await once(this.http, "close");
  }

  private upgrade(incoming: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on("error", () => socket.destroy());
    if (this.isDown) {
      socket.destroy();
      return;
    }
    const protocols = (incoming.headers["sec-websocket-protocol"] ?? "").split(",").map((each) => each.trim()).filter(Boolean);
    const upstream = new WebSocket(this.target.replace("http", "ws") + incoming.url, protocols);
    const early: string[] = [];
    let deliver = (text: string): void => {
      early.push(text);
    };
    upstream.on("message", (text) => deliver(String(text)));
    upstream.on("error", () => socket.destroy());
    upstream.once("open", () => {
      // Pass on the protocol that the server has selected.
      this.sockets.options.handleProtocols = () => upstream.protocol || false;
      this.sockets.handleUpgrade(incoming, socket, head, (client) => {
        const pair = { client, upstream };
        this.pairs.add(pair);
        deliver = (text) => this.handle("client", text, pair);
        for (const text of early) deliver(text);
        client.on("message", (text) => this.handle("server", String(text), pair));
        client.on("close", (code, reason) => this.end(pair, upstream, code, reason));
        upstream.on("close", (code, reason) => this.end(pair, client, code, reason));
        client.on("error", () => client.terminate());
      });
    });
  }

  private end(pair: Pair, other: WebSocket, code: number, reason: Buffer): void {
    this.pairs.delete(pair);
    // These codes mean "no code" and cannot be sent.
    if (code === 1005 || code === 1006) other.terminate();
    else other.close(code, reason);
  }

  private handle(to: Frame["to"], text: string, pair: Pair): void {
    const frame: Frame = { to, text, json: parsed(text) };
    this.seen.push(frame);
    const verdict = this.gate(frame);
    if (verdict === "hold") this.held.push({ frame, pair });
    else if (verdict === "pass") pass(frame, pair);
  }
}

function pass({ to, text }: Frame, { client, upstream }: Pair): void {
  const socket = to === "client" ? client : upstream;
  if (socket.readyState === WebSocket.OPEN) socket.send(text);
}

function parsed(text: string): Frame["json"] {
  try {
    return JSON.parse(text) as Frame["json"];
  } catch {
    return {};
  }
}
