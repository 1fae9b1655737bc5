"use client";

import { useUnread } from "chat-core-client/react-query";
import { useEffect, useState } from "react";
import { cx } from "@/lib/cx";
import { useRoute } from "@/lib/route";
import { RoomView } from "@/room/RoomView";
import { Sidebar } from "@/rooms/Sidebar";
import { AnnouncerProvider } from "./Announcer";
import { ConnectionBanner } from "./ConnectionBanner";
import { NoRoom } from "./NoRoom";
import { ShortcutsDialog } from "./ShortcutsDialog";
import { ToastProvider } from "./Toasts";

/** The frame: the room list on the left and the open room in the middle. A phone shows one at a time. */
export function Shell() {
  const { room } = useRoute();
  const [help, setHelp] = useState(false);
  useTitle();

  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key === "/") {
        event.preventDefault();
        setHelp(true);
      }
    };
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, []);

  return (
    <ToastProvider>
      <AnnouncerProvider>
        <div className={cx("shell", room !== null && "in-room")}>
          <ConnectionBanner />
          <Sidebar onHelp={() => setHelp(true)} />
          {room === null ? <NoRoom /> : <RoomView key={room} roomId={room} />}
        </div>
        {help && <ShortcutsDialog onClose={() => setHelp(false)} />}
      </AnnouncerProvider>
    </ToastProvider>
  );
}

/** Shows the number of unread messages in the tab's title. */
function useTitle(): void {
  const { unread } = useUnread();
  useEffect(() => {
    document.title = unread > 0 ? `(${unread}) Chat` : "Chat";
  }, [unread]);
}
