import { describe, expect, it } from "vitest";
import { isJumbo, length, listed, mentionsIn, parts } from "./text";

describe("parts", () => {
  it("keeps plain text in one part", () => {
    expect(parts("a < b & c")).toEqual([{ kind: "text", text: "a < b & c" }]);
  });

  it("leaves trailing punctuation out of a link", () => {
    expect(parts("see (https://example.com/a?b=c).")).toEqual([
      { kind: "text", text: "see (" },
      { kind: "link", text: "https://example.com/a?b=c", href: "https://example.com/a?b=c" },
      { kind: "text", text: ")." },
    ]);
  });

  it("does not link other schemes", () => {
    expect(parts("javascript:alert(1)").map((part) => part.kind)).toEqual(["text"]);
  });

  it("shows only the users in `mentions` as mentions", () => {
    expect(parts("@bob, @eve", ["bob"])).toEqual([
      { kind: "mention", text: "@bob", userId: "bob" },
      { kind: "text", text: ", @eve" },
    ]);
  });

  it("finds no mentions or links inside code", () => {
    expect(parts("`@bob https://a.b`", ["bob"])).toEqual([{ kind: "code", text: "@bob https://a.b" }]);
  });

  it("keeps the whole text", () => {
    const text = "x @bob's `code` https://a.b/c, @eve @@bob ` http:// @";
    expect(parts(text, ["bob"]).map((part) => (part.kind === "code" ? `\`${part.text}\`` : part.text)).join("")).toBe(text);
  });
});

describe("mentionsIn", () => {
  it("returns each user once, preferring the longest match", () => {
    expect(mentionsIn("@bob @bobby @bob! @nobody", ["bob", "bobby"])).toEqual(["bob", "bobby"]);
  });

  it("does not match the start of a longer name", () => {
    expect(mentionsIn("@bobsled", ["bob"])).toEqual([]);
  });
});

it("recognizes up to three emojis", () => {
  expect(["🎉", "👍🏽 ❤️", "👩‍👩‍👧‍👦🇫🇷🎉"].map(isJumbo)).toEqual([true, true, true]);
  expect(["", "5", "ok 🎉", "🎉🎉🎉🎉"].map(isJumbo)).toEqual([false, false, false, false]);
});

it("counts code points like the server", () => {
  expect(length("a👍")).toBe(2);
});

it("lists names", () => {
  expect(listed([])).toBe("");
  expect(listed(["a"])).toBe("a");
  expect(listed(["a", "b", "c"])).toBe("a, b and c");
  expect(listed(["a", "b", "c", "d", "e"])).toBe("a, b and 3 others");
  expect(listed(["a", "b", "c"], 3, 40)).toBe("a, b and 38 others");
});
