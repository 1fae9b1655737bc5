/** A piece of a message's text. */
export type Part =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "link"; readonly text: string; readonly href: string }
  | { readonly kind: "code"; readonly text: string }
  | { readonly kind: "mention"; readonly text: string; readonly userId: string };

const PIECE = /(`[^`\n]+`)|(https?:\/\/[^\s<>"]+)|(@[^\s@]+)/gu;
/** Punctuation at the end is not part of a link or name. */
const TRAILING = /[.,;:!?)\]}'"…]+$/u;

/** Splits a text into parts. A name counts as a mention only if it is in `mentions`. */
export function parts(text: string, mentions: readonly string[] = []): Part[] {
  const out: Part[] = [];
  const plain = (piece: string) => {
    const last = out.at(-1);
    if (piece === "") return;
    if (last?.kind === "text") out[out.length - 1] = { kind: "text", text: last.text + piece };
    else out.push({ kind: "text", text: piece });
  };
  let end = 0;
  for (const match of text.matchAll(PIECE)) {
    const [whole, code, url, name] = match;
    plain(text.slice(end, match.index));
    end = match.index + whole.length;
    if (code !== undefined) {
      out.push({ kind: "code", text: code.slice(1, -1) });
    } else if (url !== undefined) {
      const href = url.replace(TRAILING, "");
      out.push({ kind: "link", text: href, href });
      plain(url.slice(href.length));
    } else if (name !== undefined) {
      const userId = mentioned(name.slice(1), mentions);
      if (userId === undefined) plain(name);
      else {
        out.push({ kind: "mention", text: `@${userId}`, userId });
        plain(name.slice(1 + userId.length));
      }
    }
  }
  plain(text.slice(end));
  return out;
}

/** Returns the users that a text mentions. */
export function mentionsIn(text: string, users: readonly string[]): string[] {
  const named = new Set<string>();
  for (const match of text.matchAll(/@([^\s@]+)/gu)) {
    const userId = mentioned(match[1] ?? "", users);
    if (userId !== undefined) named.add(userId);
  }
  return [...named];
}

/** Finds a user at the start of a name: `bob` in `bob`, `bob,` and `bob's`, but not in `bobby`. */
function mentioned(name: string, users: readonly string[]): string | undefined {
  if (users.includes(name)) return name;
  return users
    .filter((user) => name.startsWith(user) && !/^[\p{L}\p{N}_-]/u.test(name.slice(user.length)))
    .sort((a, b) => b.length - a.length)[0];
}

/** Returns `true` for a text of one to three emojis, which is shown large. */
export function isJumbo(text: string): boolean {
  return /^(?:\s*(?:\p{Extended_Pictographic}|\p{Emoji_Modifier}|\p{Regional_Indicator}|\u200d|\ufe0f)+){1,3}\s*$/u.test(text)
    && [...new Intl.Segmenter().segment(text.replace(/\s/g, ""))].length <= 3;
}

/** Returns the length of a text in code points, as the server counts. */
export function length(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

/** Lists names: "Ann", "Ann and Bob", "Ann, Bob and 3 others". `count` is the total, if `names` is partial. */
export function listed(names: readonly string[], most = 3, count = names.length): string {
  const shown = count > most ? names.slice(0, most - 1) : names;
  const rest = count - shown.length;
  const all = rest > 0 ? [...shown, `${rest} others`] : [...shown];
  const last = all.pop() ?? "";
  return all.length > 0 ? `${all.join(", ")} and ${last}` : last;
}
