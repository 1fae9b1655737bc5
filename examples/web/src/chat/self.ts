"use client";

import { createContext, useContext } from "react";

export const SelfContext = createContext("");

/** Returns the id of the signed-in user. */
export function useSelf(): string {
  return useContext(SelfContext);
}
