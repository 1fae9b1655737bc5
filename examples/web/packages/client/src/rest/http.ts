import { ChatError } from "../errors.js";
import type { ErrorCode } from "../generated/wire.js";
import type { Settings } from "../settings.js";

/** A call: `path` is a template whose parts are escaped. */
export interface Call {
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly query?: Readonly<Record<string, string | number | readonly string[] | undefined>>;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/** Builds a path of literal parts and escaped values. */
export function path(parts: TemplateStringsArray, ...values: readonly string[]): string {
  return String.raw({ raw: parts }, ...values.map(encodeURIComponent));
}

/** Speaks JSON over HTTP with a bearer token; failures are `ChatError`s. */
export class Http {
  #token: string | undefined;
  #asked: Promise<string> | undefined;

  constructor(
    private readonly base: string,
    private readonly settings: Pick<Settings, "fetch" | "getToken">,
  ) {}

  async call<Answer>(path: string, call: Call = {}): Promise<Answer> {
    let response = await this.#fetch(path, call, this.#token ?? (await this.#ask(false)));
    // It ran out. Once more, with a new one: nothing was done yet.
    if (response.status === 401) response = await this.#fetch(path, call, await this.#ask(true));
    if (!response.ok) throw await problem(response);
    if (response.status === 204) return undefined as Answer;
    try {
      return (await response.json()) as Answer;
    } catch (cause) {
      throw new ChatError("NETWORK", "the answer is no JSON", { status: response.status, cause });
    }
  }

  /** Many calls at once ask for one token. */
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
      // Called off by the caller, who knows.
      if (call.signal?.aborted) throw cause;
      throw new ChatError("NETWORK", "the server was not reached", { cause });
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
    // Of a proxy, perhaps.
  }
  const code = status === 429 ? "RATE_LIMITED" : status >= 500 ? "UNAVAILABLE" : "NETWORK";
  const seconds = Number(response.headers.get("Retry-After"));
  const retry = seconds > 0 ? { retryAfterMs: seconds * 1000 } : {};
  return new ChatError(code, `HTTP ${status}`, { status, ...retry });
}
