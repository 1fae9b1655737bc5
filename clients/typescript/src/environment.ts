/** The part of `WebSocket` that the client uses. Browsers, Node 22 and the package `ws` provide it. */
export interface SocketLike {
  // Each implementation has its own event types. The fields used here are common to all.
  onmessage: ((event: any) => void) | null;
  onclose: ((event: any) => void) | null;
  onerror: ((event: any) => void) | null;
  send(frame: string): void;
  close(code?: number, reason?: string): void;
}

export type WebSocketConstructor = new (url: string, protocols: string[]) => SocketLike;

/** Cancels a scheduled call. A second call does nothing. */
export type Cancel = () => void;

/** Time and timers. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls once after `ms` milliseconds. */
  after(ms: number, call: () => void): Cancel;
}

/** Signals that the connection should be checked, because the network is back or the page is visible. */
export interface WakeSource {
  onWake(call: () => void): Cancel;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, call) {
    const timer = setTimeout(call, ms);
    return () => clearTimeout(timer);
  },
};

/** Uses the browser's `online`, `pageshow` and `visibilitychange` events. Never signals outside a browser. */
export const browserWake: WakeSource = {
  onWake(call) {
    if (typeof window === "undefined" || typeof document === "undefined") return () => {};
    const seen = (): void => {
      if (document.visibilityState === "visible") call();
    };
    window.addEventListener("online", call);
    window.addEventListener("pageshow", call);
    document.addEventListener("visibilitychange", seen);
    return () => {
      window.removeEventListener("online", call);
      window.removeEventListener("pageshow", call);
      document.removeEventListener("visibilitychange", seen);
    };
  },
};

/** A random id of at least 122 bits. `crypto.randomUUID` exists only on HTTPS pages and on localhost. */
export function randomId(): string {
  if (typeof crypto.randomUUID === "function") return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
