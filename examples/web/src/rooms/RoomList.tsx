"use client";

import type { RoomEntry } from "chat-core-client";
import { type KeyboardEvent, useState } from "react";
import { roomName } from "@/lib/rooms";
import { useNavigate, useRoute } from "@/lib/route";
import { rove } from "@/ui/rove";
import { RoomRow } from "./RoomRow";

/** A public room that each example server has. */
const COMMON_ROOM = "general";

interface Props {
  rooms: readonly RoomEntry[];
  filter: string;
  isPending: boolean;
  failed: boolean;
  hasMore: boolean;
  loadMore: () => void;
  onCreate: () => void;
}

/** The rooms by latest activity. It is one Tab stop; the arrow keys move inside it. */
export function RoomList({ rooms, filter, isPending, failed, hasMore, loadMore, onCreate }: Props) {
  const { room: open } = useRoute();
  const navigate = useNavigate();
  const [focused, setFocused] = useState<string | null>(null);
  const wanted = filter.trim().toLowerCase();
  const shown = wanted === "" ? rooms : rooms.filter((room) => matches(room, wanted));
  const stop = [focused, open].find((id) => shown.some((room) => room.id === id)) ?? shown[0]?.id;

  function onKeyDown(event: KeyboardEvent) {
    if (!event.altKey) rove(event, "a.room-row");
  }

  function note(): string {
    if (failed) return "Could not load the rooms.";
    return wanted === "" ? "You have not joined any rooms yet." : "No rooms found.";
  }

  if (isPending && rooms.length === 0) {
    return (
      <div className="room-list" role="status" aria-label="Loading rooms">
        {Array.from({ length: 6 }, (_, place) => (
          <div key={place} className="room-row skeleton" aria-hidden="true" />
        ))}
      </div>
    );
  }
  return (
    <div className="room-list-scroll">
      {shown.length === 0 && (
        <div className="list-note">
          <p>{note()}</p>
          {wanted === "" && !failed && (
            <button type="button" className="button small primary" onClick={() => navigate({ room: COMMON_ROOM })}>
              Join the general room
            </button>
          )}
          <button type="button" className="button small" onClick={onCreate}>
            Start or join a room
          </button>
        </div>
      )}
      <ul className="room-list" onKeyDown={onKeyDown}>
        {shown.map((room) => (
          <RoomRow
            key={room.id}
            room={room}
            isOpen={room.id === open}
            isStop={room.id === stop}
            onFocus={() => setFocused(room.id)}
            onOpen={() => navigate({ room: room.id })}
          />
        ))}
      </ul>
      {hasMore && (
        <button type="button" className="button small more" onClick={loadMore}>
          Load more rooms
        </button>
      )}
    </div>
  );
}

function matches(room: RoomEntry, wanted: string): boolean {
  const searched = [roomName(room), room.id, room.lastMessage?.senderId ?? ""];
  return searched.some((text) => text.toLowerCase().includes(wanted));
}
