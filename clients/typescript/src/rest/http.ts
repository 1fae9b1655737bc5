import { ChatError } from "../errors.js";
import type { ErrorCode } from "../generated/wire.js";
import type { Settings } from "../settings.js";

/** The parameters of a REST call. */
export interface Call {
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly query?: Readonly<Record<string, string | number | readonly string[] | undefined>>;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/** Builds a path from literal parts and escaped values. */
export function path(parts: TemplateStringsArray, ...values: readonly string[]): string {
  return String.raw({ raw: parts }, ...values.map(encodeURIComponent));
}

/** Sends JSON over HTTP with a bearer token. Failures are `ChatError`s. */
export class Http {
  #token: string | undefined;
  #asked: Promise<string> | undefined;

  constructor(
    private readonly base: string,
    private readonly settings: Pick<Settings, "fetch" | "getToken">,
  ) {}

  async call<Answer>(path: string, call: Call = {}): Promise<Answer> {
    let response = await this.#fetch(path, call, this.#token ?? (await this.#ask(false)));
    // The token has expired. The server has done nothing, so retry once with a new token.
    if (response.status === 401) response = await this.#fetch(path, call, await this.#ask(true));
    if (!response.ok) throw await problem(response);
    if (response.status === 204) return undefined as Answer;
    try {
      return (await response.json()) as Answer;
    } catch (cause) {
      throw new ChatError("NETWORK", "the response is not valid JSON", { status: response.status, cause });
    }
  }

  /** Requests a token. Concurrent calls share one request. */
  #ask(refresh: boolean): Promise<string> {
    this.#asked ??= Promise.resolve()
      .then(() => this.settings.getToken({ refresh }))
      .then((token) => (this.#token = token))
      .finally(() => (this.#asked = undefined));
    return this.#asked;
  }

  async #fetch(path: string, call: Call, token: string): Promise<Response> {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(call.query ?? {})) {
      if (value !== undefined) query.set(name, typeof value === "object" ? value.join(",") : String(value));
    }
    const search = query.size > 0 ? `?${query}` : "";
    const headers: Record<string, string> = { ...call.headers, Authorization: `Bearer ${token}` };
    if (call.body !== undefined) headers["Content-Type"] = "application/json";
    try {
      return await this.settings.fetch(`${this.base}${path}${search}`, {
        method: call.method ?? "GET",
        headers,
        ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
        ...(call.signal ? { signal: call.signal } : {}),
      });
    } catch (cause) {
      // Aborted by the caller.
      if (call.signal?.aborted) throw cause;
      throw new ChatError("NETWORK", "the server is unreachable", { cause });
    }
  }
}

async function problem(response: Response): Promise<ChatError> {
  const { status } = response;
  try {
    const body = (await response.json()) as { code?: ErrorCode; detail?: string; retryAfterMs?: number };
    if (typeof body.code === "string") {
      const retry = body.retryAfterMs === undefined ? {} : { retryAfterMs: body.retryAfterMs };
      return new ChatError(body.code, body.detail ?? body.code, { status, ...retry });
    }
  } catch {
    // Possibly a response from a proxy.
  }
  const code = status === 429 ? "RATE_LIMITED" : status >= 500 ? "UNAVAILABLE" : "NETWORK";
  const seconds = Number(response.headers.get("Retry-After"));
  const retry = seconds > 0 ? { retryAfterMs: seconds * 1000 } : {};
  return new ChatError(code, `HTTP ${status}`, { status, ...retry });
}
