/** A token could not be issued, and a retry will not help. */
export class SignInError extends Error {
  override readonly name = "SignInError";
}

/** Requests a development token for a name. A real app uses its own login instead. */
export async function fetchToken(userId: string): Promise<string> {
  const response = await fetch("/dev/token", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ userId }),
  });
  if (response.status === 400) throw new SignInError("This name is not valid.");
  if (response.status === 404) throw new SignInError("This server does not offer demo sign-in.");
  if (!response.ok) throw new Error(`no token: HTTP ${response.status}`);
  const { token } = (await response.json()) as { token: string };
  return token;
}

/** Returns a function that caches the token until a refresh. Concurrent calls share one request. */
export function tokenSource(userId: string): (request: { refresh: boolean }) => Promise<string> {
  let last: Promise<string> | undefined;
  return ({ refresh }) => {
    if (refresh || last === undefined) {
      const asked = fetchToken(userId);
      last = asked;
      asked.catch(() => {
        if (last === asked) last = undefined;
      });
    }
    return last;
  };
}
