// @vitest-environment happy-dom
import { afterEach, expect, test, vi } from "vitest";
import { clientAddress } from "../src/client-address.js";
import { browserWake } from "../src/environment.js";
import { type OutboxItem, webStorage } from "../src/index.js";
import { defaultStorage } from "../src/outbox/web-storage.js";

afterEach(() => {
  localStorage.clear();
  vi.unstubAllGlobals();
});

const item: OutboxItem = {
  clientMessageId: "c-1",
  roomId: "tea",
  draft: { text: "a" },
  state: "queued",
  createdAt: 1,
  attempts: 0,
};

test("signals a wake-up when the page is visible, shown again, or online", () => {
  const woke = vi.fn();
  const end = browserWake.onWake(woke);
  window.dispatchEvent(new Event("online"));
  window.dispatchEvent(new Event("pageshow"));
  document.dispatchEvent(new Event("visibilitychange"));
  expect(woke).toHaveBeenCalledTimes(3);
  const hidden = vi.spyOn(document, "visibilityState", "get").mockReturnValue("hidden");
  document.dispatchEvent(new Event("visibilitychange"));
  expect(woke).toHaveBeenCalledTimes(3);
  hidden.mockRestore();
  end();
  window.dispatchEvent(new Event("online"));
  expect(woke).toHaveBeenCalledTimes(3);
});

test("uses the page's storage by default, and reads it on the next visit", () => {
  defaultStorage()?.put("alice", item);
  expect(defaultStorage()?.load("alice")).toEqual([item]);
  const denied = vi.spyOn(window, "localStorage", "get").mockImplementation(() => {
    throw new Error("forbidden");
  });
  expect(defaultStorage()).toBeUndefined();
  denied.mockRestore();
});

test("reports removals by another tab, and no other changes", () => {
  const removed = vi.fn();
  const storage = webStorage(localStorage);
  const end = storage.watch?.("alice", removed);
  const tell = (key: string, newValue: string | null, storageArea: Storage = localStorage): void => {
    window.dispatchEvent(new StorageEvent("storage", { key, newValue, storageArea }));
  };
  tell("chat-outbox:alice:c-1", "{}");
  tell("chat-outbox:bob:c-2", null);
  tell("something else", null);
  tell("chat-outbox:alice:c-3", null, sessionStorage);
  expect(removed).not.toHaveBeenCalled();
  tell("chat-outbox:alice:c-4", null);
  expect(removed).toHaveBeenCalledExactlyOnceWith("c-4");
  end?.();
  tell("chat-outbox:alice:c-5", null);
  expect(removed).toHaveBeenCalledTimes(1);
});

test.each([
  ["https://a.example/chat", "https://a.example/chat", "wss://a.example/chat/ws"],
  ["http://a.example:8080/chat/?x=1#y", "http://a.example:8080/chat", "ws://a.example:8080/chat/ws"],
  ["wss://a.example", "https://a.example", "wss://a.example/ws"],
  ["/chat", "https://page.example/chat", "wss://page.example/chat/ws"],
])("%s is where the calls and the socket are", (url, http, socket) => {
  vi.stubGlobal("location", { href: "https://page.example/app/" });
  expect(clientAddress(url)).toEqual({ http, socket });
});
