import { describe, expect, it } from "vitest";
import { step } from "@/ui/rove";
import { initialsOf } from "./people";
import { allows, mayActOn } from "./permissions";
import { roomIdOf } from "./rooms";
import { dayLabel, shortTime } from "./time";

describe("permissions", () => {
  it("match the server's table", () => {
    expect(allows("guest", "send")).toBe(false);
    expect(allows("member", "send")).toBe(true);
    expect(allows("moderator", "pin")).toBe(true);
    expect(allows(undefined, "react")).toBe(false);
  });

  it("apply only to lower roles", () => {
    expect(mayActOn("moderator", "member", "ban")).toBe(true);
    expect(mayActOn("moderator", "moderator", "ban")).toBe(false);
    expect(mayActOn("owner", "admin", "changeRole")).toBe(true);
  });
});

it("derives readable ids from names", () => {
  expect(roomIdOf("  Coffee & Cake! ")).toBe("coffee-cake");
  expect(roomIdOf("Übung")).toBe("übung");
});

it("returns initials", () => {
  expect(["alice", "ada lovelace", "mary-jane_w", ""].map(initialsOf)).toEqual(["A", "AL", "MW", "?"]);
});

it("keeps arrow keys inside the list", () => {
  expect([step("ArrowDown", 2, 3), step("ArrowUp", 0, 3), step("End", 0, 3), step("a", 0, 3)]).toEqual([2, 0, 2, null]);
  expect([step("ArrowRight", 0, 9, 3), step("ArrowDown", 0, 9, 3), step("ArrowRight", 0, 9)]).toEqual([1, 3, null]);
});

it("counts calendar days", () => {
  const now = new Date(2026, 2, 2, 0, 10);
  const yesterday = new Date(2026, 2, 1, 23, 50).toISOString();
  expect(dayLabel(yesterday, now)).toBe("Yesterday");
  expect(shortTime(yesterday, now)).toBe("Yesterday");
  expect(dayLabel(now.toISOString(), now)).toBe("Today");
});
