/** What of a `WebSocket` the client uses: a browser's, Node 22's or that of `ws`. */
export interface SocketLike {
  onopen: ((event: any) => void) | null;
  onmessage: ((event: { data: any }) => void) | null;
  onclose: ((event: { code: number; reason: string }) => void) | null;
  onerror: ((event: any) => void) | null;
  send(frame: string): void;
  close(code?: number, reason?: string): void;
}

export type WebSocketConstructor = new (url: string, protocols: string[]) => SocketLike;

/** Time, and what is to happen later. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls once, after so many milliseconds; what is returned calls it off. */
  after(ms: number, call: () => void): () => void;
}

/** Whether there is a network, and word when one comes back. */
export interface NetworkStatus {
  /** `false` only where it is certain that there is none. */
  readonly online: boolean;
  /** Calls upon each change; what is returned ends it. */
  onChange(call: (online: boolean) => void): () => void;
}
