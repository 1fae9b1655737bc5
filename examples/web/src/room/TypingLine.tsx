"use client";

import { useTyping } from "chat-core-client/react-query";
import { listed } from "@/lib/text";

/** Shows who is typing. Not announced to screen readers, as that would interrupt them all the time. */
export function TypingLine({ roomId }: { roomId: string }) {
  const { users } = useTyping(roomId);
  return (
    <div className="typing" data-testid="typing">
      {users.length > 0 && (
        <>
          <span className="typing-dots" aria-hidden="true">
            <i />
            <i />
            <i />
          </span>
          {listed(users)} {users.length === 1 ? "is" : "are"} typing
        </>
      )}
    </div>
  );
}
