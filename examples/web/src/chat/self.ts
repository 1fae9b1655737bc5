"use client";

import { createContext, useContext } from "react";

export const SelfContext = createContext("");

/** The id of whoever uses the app. */
export function useSelf(): string {
  return useContext(SelfContext);
}
