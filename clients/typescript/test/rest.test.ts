import { expect, test } from "vitest";
import { ChatError } from "../src/index.js";
import { Http } from "../src/rest/http.js";
import { RestApi } from "../src/rest/index.js";

interface Seen {
  url: string;
  method: string;
  authorization: string | null;
  body: unknown;
  headers: Headers;
}

/** Returns the API with a server that gives these answers, and the requests that it received. */
function api(...answers: (Response | Error)[]): { rest: RestApi; seen: Seen[]; tokens: boolean[] } {
  const seen: Seen[] = [];
  const tokens: boolean[] = [];
  const http = new Http("https://a.example/chat", {
    getToken: ({ refresh }) => (tokens.push(refresh), `t${tokens.length}`),
    fetch: async (input, init) => {
      const headers = new Headers(init?.headers);
      seen.push({
        url: String(input),
        method: init?.method ?? "GET",
        authorization: headers.get("Authorization"),
        body: init?.body === undefined ? undefined : JSON.parse(String(init.body)),
        headers,
      });
      init?.signal?.throwIfAborted();
      const answer = answers.shift() ?? Response.json({});
      if (answer instanceof Error) throw answer;
      return answer;
    },
  });
  return { rest: new RestApi(http), seen, tokens };
}

const problem = (status: number, body: object, headers: Record<string, string> = {}): Response =>
  Response.json(body, { status, headers });

test("a call has a method, an escaped path, a query and a body", async () => {
  const { rest, seen } = api();
  await rest.react("a/b", "m?1", "👍");
  await rest.reactors("a/b", "m", "👍", { limit: 1 });
  await rest.presence(["a", "b"]);
  await rest.history("tea", { before: 7, limit: 2 });
  await rest.deleteMessage("tea", "m", { forMe: true });
  await rest.deleteMessage("tea", "m");
  await rest.createRoom({ kind: "group" }, "key-1");
  expect(seen.map(({ method, url }) => `${method} ${url.replace("https://a.example/chat", "")}`)).toEqual([
    "PUT /rooms/a%2Fb/messages/m%3F1/reactions/%F0%9F%91%8D",
    "GET /rooms/a%2Fb/messages/m/reactions/%F0%9F%91%8D?limit=1",
    "GET /presence?users=a%2Cb",
    "GET /rooms/tea/messages?before=7&limit=2",
    "DELETE /rooms/tea/messages/m?for=me",
    "DELETE /rooms/tea/messages/m",
    "POST /rooms",
  ]);
  expect(seen[6]).toMatchObject({ body: { kind: "group" } });
  expect(seen[6]?.headers.get("Idempotency-Key")).toBe("key-1");
  expect(seen[6]?.headers.get("Content-Type")).toBe("application/json");
  expect(seen[0]?.headers.get("Content-Type")).toBe(null);
});

test("calls share a token, which is replaced when it is rejected", async () => {
  const { rest, seen, tokens } = api(Response.json({}), Response.json({}), problem(401, {}), Response.json({}));
  await Promise.all([rest.rooms(), rest.unread()]);
  await rest.rooms();
  expect(seen.map(({ authorization }) => authorization)).toEqual(["t1", "t1", "t1", "t2"].map((t) => `Bearer ${t}`));
  expect(tokens).toEqual([false, true]);
});

test("a second rejected token is an error", async () => {
  const refusal = { code: "TOKEN_EXPIRED", detail: "it ran out", status: 401 };
  const { rest, seen } = api(problem(401, refusal), problem(401, refusal));
  await expect(rest.rooms()).rejects.toMatchObject({ code: "TOKEN_EXPIRED", retryable: false });
  expect(seen).toHaveLength(2);
});

test.each([
  [problem(404, { code: "ROOM_NOT_FOUND", detail: "no such room" }), "ROOM_NOT_FOUND", "no such room", false, undefined],
  [problem(429, { code: "RATE_LIMITED", detail: "slower", retryAfterMs: 150 }), "RATE_LIMITED", "slower", true, 150],
  [new Response("<h1>busy</h1>", { status: 503, headers: { "Retry-After": "2" } }), "UNAVAILABLE", "HTTP 503", true, 2_000],
  [new Response("", { status: 429 }), "RATE_LIMITED", "HTTP 429", true, undefined],
  [new Response("<h1>login</h1>", { status: 200 }), "NETWORK", "the response is not valid JSON", true, undefined],
  [new TypeError("fetch failed"), "NETWORK", "the server is unreachable", true, undefined],
] as const)("%s becomes a ChatError", async (answer, code, message, retryable, retryAfterMs) => {
  const { rest } = api(answer);
  const error = await rest.room("tea").catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(ChatError);
  expect(error).toMatchObject({ code, message, retryable, retryAfterMs });
});

test("an aborted call rejects with the abort error", async () => {
  const { rest } = api();
  await expect(rest.rooms({}, AbortSignal.abort())).rejects.toMatchObject({ name: "AbortError" });
});

test("a response without content resolves to undefined", async () => {
  const { rest } = api(new Response(null, { status: 204 }));
  expect(await rest.leaveRoom("tea")).toBeUndefined();
});
