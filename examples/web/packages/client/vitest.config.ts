import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // The real server starts once, and is waited for.
    testTimeout: 20_000,
    hookTimeout: 60_000,
  },
});
