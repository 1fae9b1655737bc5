/** Where the chat is: its calls and its socket. */
export interface ClientAddress {
  readonly http: string;
  readonly socket: string;
}

/** `url` is where the chat is mounted: absolute, or relative to the page. */
export function clientAddress(url: string): ClientAddress {
  const page = typeof location === "undefined" ? undefined : location.href;
  const base = new URL(url, page);
  const secure = base.protocol === "https:" || base.protocol === "wss:";
  // A `pathname` is never empty.
  const rest = `//${base.host}${base.pathname.replace(/\/+$/, "")}`;
  return {
    http: `${secure ? "https:" : "http:"}${rest}`,
    socket: `${secure ? "wss:" : "ws:"}${rest}/ws`,
  };
}
