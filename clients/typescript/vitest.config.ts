import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // Includes the start of the real server.
    testTimeout: 20_000,
    hookTimeout: 60_000,
  },
});
