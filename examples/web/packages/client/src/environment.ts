/** What of a `WebSocket` the client uses: a browser's, Node 22's or that of `ws`. */
export interface SocketLike {
  // Each implementation has its own types of events; those used here are common to all.
  onmessage: ((event: any) => void) | null;
  onclose: ((event: any) => void) | null;
  onerror: ((event: any) => void) | null;
  send(frame: string): void;
  close(code?: number, reason?: string): void;
}

export type WebSocketConstructor = new (url: string, protocols: string[]) => SocketLike;

/** Calls off what was to happen later; a second call does nothing. */
export type Cancel = () => void;

/** Time, and what is to happen later. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls once, after so many milliseconds. */
  after(ms: number, call: () => void): Cancel;
}

/** Word that it is worth looking at the connection: there is a network again, the page is seen again. */
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

/** A browser's `online`, `pageshow` and `visibilitychange`; outside of one, never. */
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

/** A random id: 122 bits. `crypto.randomUUID` is there only on pages that came by HTTPS or from localhost. */
export function randomId(): string {
  if (typeof crypto.randomUUID === "function") return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
