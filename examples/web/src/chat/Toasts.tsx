"use client";

import { ChatError } from "chat-core-client";
import { type ReactNode, createContext, useCallback, useContext, useEffect, useState } from "react";
import { IconButton } from "@/ui/IconButton";

const SHOWN_MS = 8000;

interface Toast {
  readonly text: string;
  readonly at: number;
}

const ToastContext = createContext<(text: string) => void>(() => undefined);

/** Says what went wrong, without being in the way. */
export function ToastProvider({ children }: { children: ReactNode }) {
  const [toast, setToast] = useState<Toast | null>(null);
  const show = useCallback((text: string) => setToast({ text, at: Date.now() }), []);

  useEffect(() => {
    if (toast === null) return;
    const timer = setTimeout(() => setToast(null), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [toast]);

  return (
    <ToastContext value={show}>
      {children}
      <div className="toasts" role="alert">
        {toast !== null && (
          <div className="toast">
            <span>{toast.text}</span>
            <IconButton icon="close" label="Dismiss" onClick={() => setToast(null)} />
          </div>
        )}
      </div>
    </ToastContext>
  );
}

/** Runs what may fail, and shows the reason if it does. Resolves to whether it succeeded. */
export function useTry(): (action: () => Promise<unknown>) => Promise<boolean> {
  const show = useContext(ToastContext);
  return useCallback(
    async (action) => {
      try {
        await action();
        return true;
      } catch (error) {
        show(explain(error));
        return false;
      }
    },
    [show],
  );
}

/** What to tell a person about a failure. */
export function explain(error: unknown): string {
  if (!(error instanceof ChatError)) return "Something went wrong.";
  switch (error.code) {
    case "FORBIDDEN":
      return "You may not do that here.";
    case "ROOM_NOT_FOUND":
      return "There is no such room, or it is not open to you.";
    case "NOT_A_MEMBER":
    case "NOT_JOINED":
      return "You are not a member of this room.";
    case "RATE_LIMITED":
      return "That was too fast. Wait a moment.";
    case "DISCONNECTED":
    case "NETWORK":
    case "TIMEOUT":
      return "The server could not be reached.";
    case "MEMBER_NOT_FOUND":
      return "There is no such member.";
    case "MESSAGE_NOT_FOUND":
      return "That message is gone.";
    default:
      return error.message;
  }
}
