import type { NextConfig } from "next";

const config: NextConfig = {
  // Files only: the chat server serves them, and there is nothing else to run.
  output: "export",
  reactStrictMode: true,
  // The pages have no version to keep in step with: a reload is a new one.
  generateEtags: false,
  poweredByHeader: false,
};

export default config;
