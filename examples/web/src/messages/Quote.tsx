"use client";

import { useQuery } from "@tanstack/react-query";
import { chatKeys, useChatClient } from "chat-core-client/react-query";
import { useScope } from "@/room/scope";
import { Icon } from "@/ui/Icon";

/** The quoted message in one line, as a link to it. */
export function Quote({ messageId, tabIndex }: { messageId: string; tabIndex: number }) {
  const { roomId, find, showMessage } = useScope();
  const client = useChatClient();
  const loaded = find(messageId);
  const fetched = useQuery({
    queryKey: [...chatKeys.room(roomId), "message", messageId],
    enabled: loaded === undefined,
    retry: false,
    queryFn: ({ signal }) => client.rest.message(roomId, messageId, signal),
  });
  const message = loaded ?? fetched.data;

  if (message === undefined || message.deletedAt !== undefined) {
    return (
      <p className="quote gone">
        <Icon name="reply" /> {fetched.isFetching ? "…" : "This message no longer exists"}
      </p>
    );
  }
  return (
    <button type="button" className="quote" tabIndex={tabIndex} onClick={() => showMessage(messageId)}>
      <Icon name="reply" /> <strong>{message.senderId ?? "System"}</strong> <span>{message.text}</span>
    </button>
  );
}
