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

/** Shows errors for a short time. */
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

/** Returns a function that runs an action and shows its error. It resolves to `true` on success. */
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

/** Returns the text to show for an error. */
export function explain(error: unknown): string {
  if (!(error instanceof ChatError)) return "Something went wrong.";
  switch (error.code) {
    case "FORBIDDEN":
      return "You are not allowed to do that here.";
    case "ROOM_NOT_FOUND":
      return "This room does not exist, or you cannot open it.";
    case "NOT_A_MEMBER":
    case "NOT_JOINED":
      return "You are not a member of this room.";
    case "RATE_LIMITED":
      return "You are going too fast. Wait a moment.";
    case "DISCONNECTED":
    case "NETWORK":
    case "TIMEOUT":
      return "The server could not be reached.";
    case "MEMBER_NOT_FOUND":
      return "This person is not a member of this room.";
    case "MESSAGE_NOT_FOUND":
      return "This message no longer exists.";
    case "TOO_LARGE":
      return "The message is too long.";
    case "EXPIRED":
      return "It waited too long for a connection.";
    case "OUTBOX_FULL":
      return "Too many messages are waiting to be sent.";
    default:
      return error.message;
  }
}
