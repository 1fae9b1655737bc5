"use client";

import type { Message } from "chat-core-client";
import { useMessageActions } from "chat-core-client/react-query";
import { useTry } from "@/chat/Toasts";
import { useSelf } from "@/chat/self";
import { allows } from "@/lib/permissions";
import { useScope } from "@/room/scope";
import { Menu, MenuItem } from "@/ui/Menu";

export function MessageMenu({ anchor, message, onClose }: { anchor: HTMLElement; message: Message; onClose: () => void }) {
  const self = useSelf();
  const { roomId, role, edit } = useScope();
  const { remove, pin, unpin } = useMessageActions(roomId);
  const attempt = useTry();
  const isOwn = message.senderId === self;

  const run = (action: () => Promise<unknown>) => () => {
    onClose();
    void attempt(action);
  };

  return (
    <Menu anchor={anchor} label="Message" onClose={onClose}>
      {isOwn && (
        <MenuItem
          icon="edit"
          onSelect={() => {
            onClose();
            edit(message.id);
          }}
        >
          Edit
        </MenuItem>
      )}
      {message.text !== "" && (
        <MenuItem icon="copy" onSelect={run(() => navigator.clipboard.writeText(message.text))}>
          Copy text
        </MenuItem>
      )}
      {allows(role, "pin") &&
        (message.pinnedAt === undefined ? (
          <MenuItem icon="pin" onSelect={run(() => pin(message.id))}>
            Pin
          </MenuItem>
        ) : (
          <MenuItem icon="pin" onSelect={run(() => unpin(message.id))}>
            Unpin
          </MenuItem>
        ))}
      <MenuItem icon="eyeOff" onSelect={run(() => remove(message.id, { forMe: true }))}>
        Delete for me
      </MenuItem>
      {(isOwn || allows(role, "deleteAny")) && (
        <MenuItem icon="trash" danger onSelect={run(() => remove(message.id))}>
          Delete for everyone
        </MenuItem>
      )}
    </Menu>
  );
}
