const encoder = new TextEncoder();

/** Checks the length of a text in code points, as the engine does. `length` counts UTF-16 units. */
export function points(min: number, max: number): (text: string) => boolean {
  return (text) => {
    if (text.length < min) return false;
    if (text.length <= max && min === 0) return true;
    let count = 0;
    for (const _ of text) count += 1;
    return count >= min && count <= max;
  };
}

export function utf8Bytes(text: string): number {
  return encoder.encode(text).length;
}

export function jsonBytes(value: unknown): number {
  return utf8Bytes(JSON.stringify(value));
}

/** The nesting depth of objects and arrays: 1 for one without nested values. */
export function depthOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  return 1 + Object.values(value).reduce((deepest: number, inner) => Math.max(deepest, depthOf(inner)), 0);
}
