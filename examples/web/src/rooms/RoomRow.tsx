"use client";

import type { RoomEntry } from "chat-core-client";
import { usePresence } from "chat-core-client/react-query";
import type { MouseEvent } from "react";
import { useSelf } from "@/chat/self";
import { cx } from "@/lib/cx";
import { preview, roomName } from "@/lib/rooms";
import { shortTime } from "@/lib/time";
import { Avatar } from "@/ui/Avatar";
import { Icon } from "@/ui/Icon";
import { usePeer } from "./use-peer";

interface Props {
  room: RoomEntry;
  isOpen: boolean;
  /** `true` if the Tab key stops here. */
  isStop: boolean;
  onFocus: () => void;
  onOpen: () => void;
}

const MOST_SHOWN = 99;

export function RoomRow({ room, isOpen, isStop, onFocus, onOpen }: Props) {
  const self = useSelf();
  const peer = usePeer(room);
  const presence = usePresence(peer === undefined ? [] : [peer]);
  const title = room.kind === "direct" ? (peer ?? "…") : roomName(room);
  const isUnread = room.unread > 0 && !isOpen;

  function open(event: MouseEvent) {
    // Let the browser open a new tab or window.
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    onOpen();
  }

  return (
    <li>
      <a
        className={cx("room-row", isOpen && "open", isUnread && "unread")}
        href={`?room=${encodeURIComponent(room.id)}`}
        tabIndex={isStop ? 0 : -1}
        aria-current={isOpen ? "page" : undefined}
        data-room={room.id}
        onClick={open}
        onFocus={onFocus}
      >
        {peer !== undefined ? (
          <Avatar userId={peer} online={presence.get(peer)?.online ?? false} />
        ) : (
          <span className="room-sign" aria-hidden="true">
            <Icon name={room.kind === "public" ? "hash" : room.kind === "group" ? "lock" : "at"} />
          </span>
        )}
        <span className="room-row-main">
          <span className="room-row-top">
            <span className="room-row-title">{title}</span>
            {room.lastMessage !== undefined && (
              <time dateTime={room.lastMessage.createdAt}>{shortTime(room.lastMessage.createdAt)}</time>
            )}
          </span>
          <span className="room-row-bottom">
            <span className="room-row-preview">{preview(room, self)}</span>
            {isUnread && room.mentions > 0 && (
              <span className="badge mention">
                <span aria-hidden="true">@</span>
                <span className="visually-hidden">, you are mentioned</span>
              </span>
            )}
            {isUnread && (
              <span className="badge">
                <span aria-hidden="true">{room.unread > MOST_SHOWN ? `${MOST_SHOWN}+` : room.unread}</span>
                <span className="visually-hidden">, {room.unread} unread</span>
              </span>
            )}
          </span>
        </span>
        {peer !== undefined && presence.get(peer)?.online && <span className="visually-hidden">, online</span>}
      </a>
    </li>
  );
}
