"use client";

import { type MessageRow, useConnection, useSendMessage } from "chat-core-client/react-query";
import { explain } from "@/chat/Toasts";
import { useScope } from "@/room/scope";
import { ChatError } from "chat-core-client";
import { Icon } from "@/ui/Icon";

/** The status of the user's own message until the server has stored it. */
export function MessageStatus({ row }: { row: MessageRow }) {
  const { roomId } = useScope();
  const { retry, cancel } = useSendMessage(roomId);
  const { state } = useConnection();
  const local = row.local;
  if (local === undefined || local.state === "sent") return null;
  const id = row.clientMessageId ?? row.id;

  if (local.state === "failed") {
    const { error } = local;
    return (
      <p className="message-status failed">
        <Icon name="alert" />
        <span>Not sent. {error !== undefined && explain(new ChatError(error.code, error.message))}</span>
        <button type="button" className="link" onClick={() => retry(id)}>
          Retry
        </button>
        <button type="button" className="link" onClick={() => cancel(id)}>
          Discard
        </button>
      </p>
    );
  }
  const waits = local.state === "queued" && state.status !== "connected";
  return (
    <p className="message-status">
      <Icon name="clock" />
      <span>{waits ? "Waiting for connection" : "Sending…"}</span>
      {waits && (
        <button type="button" className="link" onClick={() => cancel(id)}>
          Cancel
        </button>
      )}
    </p>
  );
}
