"use client";

import { SignIn } from "@/session/SignIn";
import { useSession } from "@/session/session";
import { Chat } from "./Chat";

/** The chat for a signed-in user, or the sign-in form. */
export function App() {
  const userId = useSession();
  if (userId === undefined) return null;
  // The key discards all state when the user changes.
  return userId === null ? <SignIn /> : <Chat key={userId} userId={userId} />;
}
