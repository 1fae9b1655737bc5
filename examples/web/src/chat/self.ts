"use client";

import { createContext, useContext } from "react";

export const SelfContext = createContext("");

export function useSelf(): string {
  return useContext(SelfContext);
}
