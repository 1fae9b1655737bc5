"use client";

import { useMessageActions, usePins } from "chat-core-client/react-query";
import { useTry } from "@/chat/Toasts";
import { allows } from "@/lib/permissions";
import { useScope } from "@/room/scope";
import { IconButton } from "@/ui/IconButton";
import { FoundMessage } from "./FoundMessage";
import { Panel } from "./Panel";

export function PinsPanel({ onClose }: { onClose: () => void }) {
  const { roomId, role, showMessage } = useScope();
  const { messages, isPending, error } = usePins(roomId);
  const { unpin } = useMessageActions(roomId);
  const attempt = useTry();
  return (
    <Panel title="Pinned messages" onClose={onClose}>
      <div className="panel-body">
        {error !== null && <p className="hint">Could not load the pinned messages.</p>}
        {!isPending && error === null && messages.length === 0 && (
          <p className="hint">No pinned messages yet. Moderators can pin messages to keep them easy to find.</p>
        )}
        <ul className="found">
          {messages.map((message) => (
            <FoundMessage key={message.id} message={message} onOpen={() => showMessage(message.id)}>
              {allows(role, "pin") && (
                <IconButton icon="close" label="Unpin" onClick={() => void attempt(() => unpin(message.id))} />
              )}
            </FoundMessage>
          ))}
        </ul>
      </div>
    </Panel>
  );
}
