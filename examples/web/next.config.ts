import type { NextConfig } from "next";

const config: NextConfig = {
  // Static files, which the chat server serves.
  output: "export",
  reactStrictMode: true,
  // The chat server sets the caching headers.
  generateEtags: false,
  poweredByHeader: false,
};

export default config;
