"use client";

import type { RoomState } from "chat-core-client";
import { useNavigate } from "@/lib/route";

const REASONS: Readonly<Record<string, string>> = {
  removed: "You were removed from this room.",
  banned: "You were banned from this room.",
  deleted: "This room was deleted.",
  left: "You left this room.",
};

/** Shown instead of a room that the user cannot open. */
export function RoomNotice({ state }: { state: RoomState }) {
  const navigate = useNavigate();
  const said = state.status === "removed" ? REASONS[state.reason] : undefined;
  return (
    <div className="blank" role="alert">
      <h2>{said ?? "You cannot open this room."}</h2>
      <p>{said === undefined ? "It does not exist, or you need an invitation." : "You can no longer see its messages."}</p>
      <button type="button" className="button primary" onClick={() => navigate({ room: null })}>
        Back to rooms
      </button>
    </div>
  );
}
