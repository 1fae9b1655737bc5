"use client";

import { SignIn } from "@/session/SignIn";
import { useSession } from "@/session/session";
import { Chat } from "./Chat";

/** Who is signed in chats; everyone else is asked for a name. */
export function App() {
  const userId = useSession();
  if (userId === undefined) return null;
  // Another user begins with nothing of the last one's.
  return userId === null ? <SignIn /> : <Chat key={userId} userId={userId} />;
}
