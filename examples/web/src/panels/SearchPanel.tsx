"use client";

import { useRooms, useSearch } from "chat-core-client/react-query";
import { useEffect, useState } from "react";
import { roomName } from "@/lib/rooms";
import { useNavigate } from "@/lib/route";
import { useScope } from "@/room/scope";
import { FoundMessage } from "./FoundMessage";
import { Panel } from "./Panel";

/** The search starts after a pause of this length. */
const TYPING_MS = 250;

/** Searches messages in this room or in all rooms of the user. */
export function SearchPanel({ onClose }: { onClose: () => void }) {
  const { roomId, openThread, showMessage } = useScope();
  const { rooms } = useRooms();
  const navigate = useNavigate();
  const [text, setText] = useState("");
  const [everywhere, setEverywhere] = useState(false);
  const q = useSettled(text.trim());
  const { messages, hasMore, loadMore, isPending, error } = useSearch(everywhere ? { q } : { q, roomId });
  const names = new Map(rooms.map((room) => [room.id, roomName(room)]));

  return (
    <Panel title="Search" onClose={onClose}>
      <div className="panel-body">
        <input
          type="search"
          className="field"
          aria-label="Search messages"
          placeholder="Search messages"
          autoFocus
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <label className="check">
          <input type="checkbox" checked={everywhere} onChange={(event) => setEverywhere(event.target.checked)} />
          Search all my rooms
        </label>
        <p className="hint" role="status">
          {q === "" ? "" : error !== null ? "Search failed. Try again." : isPending ? "Searching…" : found(messages.length, hasMore)}
        </p>
        <ul className="found">
          {q !== "" &&
            messages.map((message) => (
              <FoundMessage
                key={message.id}
                message={message}
                {...(everywhere && { place: names.get(message.roomId) ?? message.roomId })}
                onOpen={() => {
                  if (message.roomId !== roomId) navigate({ room: message.roomId, at: message.threadId ?? message.id });
                  else if (message.threadId !== undefined) openThread(message.threadId);
                  else showMessage(message.id);
                }}
              />
            ))}
        </ul>
        {q !== "" && hasMore && (
          <button type="button" className="button small more" onClick={loadMore}>
            Load more
          </button>
        )}
      </div>
    </Panel>
  );
}

function found(count: number, hasMore: boolean): string {
  if (count === 0) return "No messages found.";
  return `${count}${hasMore ? " or more" : ""} ${count === 1 ? "message" : "messages"}`;
}

/** Returns the text after it has not changed for a moment. */
function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}
