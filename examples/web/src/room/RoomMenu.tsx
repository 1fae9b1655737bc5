"use client";

import { useRoomActions } from "chat-core-client/react-query";
import { type FormEvent, useId, useState } from "react";
import { useTry } from "@/chat/Toasts";
import { allows } from "@/lib/permissions";
import { useNavigate } from "@/lib/route";
import { Dialog } from "@/ui/Dialog";
import { Menu, MenuItem } from "@/ui/Menu";
import { useScope } from "./scope";

export function RoomMenu({ anchor, onClose }: { anchor: HTMLElement; onClose: () => void }) {
  const { roomId, info, role } = useScope();
  const { leave, remove } = useRoomActions();
  const navigate = useNavigate();
  const attempt = useTry();
  const [dialog, setDialog] = useState<"rename" | "delete" | null>(null);

  async function end(action: (roomId: string) => Promise<void>) {
    if (await attempt(() => action(roomId))) navigate({ room: null });
    onClose();
  }

  if (dialog === "rename") return <RenameDialog name={info?.name ?? ""} onClose={onClose} />;
  if (dialog === "delete") {
    return (
      <Dialog title="Delete this room?" onClose={onClose}>
        <p>This deletes all messages for everyone. You cannot undo this.</p>
        <div className="dialog-actions">
          <button type="button" className="button" onClick={onClose}>
            Cancel
          </button>
          <button type="button" className="button danger" onClick={() => void end(remove)}>
            Delete room
          </button>
        </div>
      </Dialog>
    );
  }
  return (
    <Menu anchor={anchor} label="Room" onClose={onClose}>
      {allows(role, "updateRoom") && <MenuItem icon="edit" onSelect={() => setDialog("rename")}>Rename</MenuItem>}
      <MenuItem icon="copy" onSelect={() => void navigator.clipboard.writeText(window.location.href).then(onClose, onClose)}>
        Copy link
      </MenuItem>
      {role !== "owner" && <MenuItem icon="leave" onSelect={() => void end(leave)}>Leave room</MenuItem>}
      {allows(role, "deleteRoom") && (
        <MenuItem icon="trash" danger onSelect={() => setDialog("delete")}>
          Delete room
        </MenuItem>
      )}
    </Menu>
  );
}

function RenameDialog({ name: now, onClose }: { name: string; onClose: () => void }) {
  const { roomId } = useScope();
  const { rename } = useRoomActions();
  const attempt = useTry();
  const [name, setName] = useState(now);
  const field = useId();

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (await attempt(() => rename(roomId, name.trim()))) onClose();
  }

  return (
    <Dialog title="Rename room" onClose={onClose}>
      <form onSubmit={submit}>
        <label htmlFor={field}>Name</label>
        <input id={field} className="field" required maxLength={60} value={name} onChange={(event) => setName(event.target.value)} />
        <div className="dialog-actions">
          <button type="button" className="button" onClick={onClose}>
            Cancel
          </button>
          <button className="button primary" disabled={name.trim() === ""}>
            Rename
          </button>
        </div>
      </form>
    </Dialog>
  );
}
