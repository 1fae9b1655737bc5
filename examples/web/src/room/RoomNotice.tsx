"use client";

import type { RoomState } from "chat-core-client";
import { useNavigate } from "@/lib/route";

const REASONS: Readonly<Record<string, string>> = {
  removed: "You were removed from this room.",
  banned: "You were banned from this room.",
  deleted: "This room was deleted.",
  left: "You left this room.",
};

/** In place of a room that one is not in. */
export function RoomNotice({ state }: { state: RoomState }) {
  const navigate = useNavigate();
  const said = state.status === "removed" ? REASONS[state.reason] : undefined;
  return (
    <div className="blank" role="alert">
      <h2>{said ?? "This room is not open to you."}</h2>
      <p>{said === undefined ? "It does not exist, or you have to be invited." : "Its messages are no longer shown."}</p>
      <button type="button" className="button primary" onClick={() => navigate({ room: null })}>
        Back to the rooms
      </button>
    </div>
  );
}
