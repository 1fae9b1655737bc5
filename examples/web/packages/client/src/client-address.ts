/** Where the chat is: its calls and its socket. */
export interface ClientAddress {
  readonly http: string;
  readonly socket: string;
}

/** `url` is where the chat is mounted: absolute, or relative to the page. */
export function clientAddress(url: string): ClientAddress {
  const page = typeof location === "undefined" ? undefined : location.href;
  const base = new URL(url, page);
  base.search = base.hash = "";
  base.pathname = base.pathname.replace(/\/+$/, "");
  const secure = base.protocol === "https:" || base.protocol === "wss:";
  const rest = `//${base.host}${base.pathname}`;
  return {
    http: `${secure ? "https:" : "http:"}${rest}`,
    socket: `${secure ? "wss:" : "ws:"}${rest}/ws`,
  };
}
