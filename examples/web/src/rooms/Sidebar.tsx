"use client";

import { useRooms } from "chat-core-client/react-query";
import { useDeferredValue, useEffect, useRef, useState } from "react";
import { useSelf } from "@/chat/self";
import { useNavigate, useRoute } from "@/lib/route";
import { signOut } from "@/session/session";
import { Avatar } from "@/ui/Avatar";
import { Icon } from "@/ui/Icon";
import { IconButton } from "@/ui/IconButton";
import { Logo } from "@/ui/Logo";
import { THEMES, setTheme, useTheme } from "@/ui/theme";
import { NewRoomDialog } from "./NewRoomDialog";
import { RoomList } from "./RoomList";

const THEME_ICONS = { system: "system", light: "sun", dark: "moon" } as const;

export function Sidebar({ onHelp }: { onHelp: () => void }) {
  const self = useSelf();
  const { rooms, hasMore, loadMore, isPending, error } = useRooms();
  const [filter, setFilter] = useState("");
  const [creating, setCreating] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const theme = useTheme();
  const nextTheme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? "system";
  useRoomShortcuts(rooms.map((room) => room.id), () => input.current?.focus());

  return (
    <nav className="sidebar" aria-label="Rooms">
      <header className="sidebar-head">
        <Logo className="sidebar-logo" />
        <span className="sidebar-title">Chat</span>
        <IconButton icon="plus" label="New conversation" className="accent" onClick={() => setCreating(true)} />
      </header>
      <div className="filter">
        <Icon name="search" />
        <input
          ref={input}
          type="search"
          className="filter-input"
          placeholder="Find a room"
          aria-label="Find a room"
          aria-keyshortcuts="Control+K"
          value={filter}
          onChange={(event) => setFilter(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === "Escape") setFilter("");
          }}
        />
        <kbd aria-hidden="true">Ctrl K</kbd>
      </div>
      <RoomList
        rooms={rooms}
        filter={useDeferredValue(filter)}
        isPending={isPending}
        failed={error !== null}
        hasMore={hasMore}
        loadMore={loadMore}
        onCreate={() => setCreating(true)}
      />
      <footer className="sidebar-foot">
        <Avatar userId={self} size="small" />
        <span className="self-name">{self}</span>
        <IconButton icon={THEME_ICONS[theme]} label={`Theme: ${theme}`} onClick={() => setTheme(nextTheme)} />
        <IconButton icon="keyboard" label="Keyboard shortcuts" onClick={onHelp} />
        <IconButton icon="leave" label="Sign out" onClick={signOut} />
      </footer>
      {creating && <NewRoomDialog onClose={() => setCreating(false)} />}
    </nav>
  );
}

/** Ctrl+K focuses the room filter. Alt with an up or down arrow opens the previous or next room. */
function useRoomShortcuts(roomIds: readonly string[], find: () => void): void {
  const { room } = useRoute();
  const navigate = useNavigate();
  const latest = useRef({ roomIds, find, room });
  latest.current = { roomIds, find, room };

  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const { roomIds, find, room } = latest.current;
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        find();
      } else if (event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
        const now = roomIds.indexOf(room ?? "");
        const next = roomIds[event.key === "ArrowUp" ? now - 1 : now + 1];
        event.preventDefault();
        if (next !== undefined) navigate({ room: next });
      }
    };
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, [navigate]);
}
