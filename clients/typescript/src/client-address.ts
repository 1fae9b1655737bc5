/** The addresses of the chat server's REST API and WebSocket. */
export interface ClientAddress {
  readonly http: string;
  readonly socket: string;
}

/** Derives the addresses from the URL where the chat is mounted, absolute or relative to the page. */
export function clientAddress(url: string): ClientAddress {
  const page = typeof location === "undefined" ? undefined : location.href;
  const base = new URL(url, page);
  const secure = base.protocol === "https:" || base.protocol === "wss:";
  // `pathname` is never empty.
  const rest = `//${base.host}${base.pathname.replace(/\/+$/, "")}`;
  return {
    http: `${secure ? "https:" : "http:"}${rest}`,
    socket: `${secure ? "wss:" : "ws:"}${rest}/ws`,
  };
}
