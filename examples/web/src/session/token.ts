/** A token could not be had; more of the same will not help. */
export class SignInError extends Error {
  override readonly name = "SignInError";
}

/** A token for this name, from the server's way of trying out. An app has its own login instead. */
export async function fetchToken(userId: string): Promise<string> {
  const response = await fetch("/dev/token", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ userId }),
  });
  if (response.status === 400) throw new SignInError("This name cannot be used: it must have no spaces.");
  if (response.status === 404) throw new SignInError("This server gives no tokens for trying out.");
  if (!response.ok) throw new Error(`no token: HTTP ${response.status}`);
  const { token } = (await response.json()) as { token: string };
  return token;
}

/** Gives the last token until another one is wanted; who asks at once gets the same. */
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
