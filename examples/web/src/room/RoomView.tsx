"use client";

import type { Message } from "chat-core-client";
import { useMembers, useMessages, useRoom } from "chat-core-client/react-query";
import { useCallback, useMemo, useRef, useState } from "react";
import { useAnnounce } from "@/chat/Announcer";
import { useSelf } from "@/chat/self";
import { Composer, type ComposerHandle } from "@/composer/Composer";
import { cx } from "@/lib/cx";
import { allows } from "@/lib/permissions";
import { useNavigate, useRoute } from "@/lib/route";
import { MessageList } from "@/messages/MessageList";
import { MembersPanel } from "@/panels/MembersPanel";
import { PinsPanel } from "@/panels/PinsPanel";
import { SearchPanel } from "@/panels/SearchPanel";
import { ThreadPanel } from "@/panels/ThreadPanel";
import { RoomContext, type RoomScope } from "./scope";
import { RoomHeader } from "./RoomHeader";
import { RoomNotice } from "./RoomNotice";
import { TypingLine } from "./TypingLine";

/** An open room: its messages, the composer and the panels. */
export function RoomView({ roomId }: { roomId: string }) {
  const self = useSelf();
  const route = useRoute();
  const navigate = useNavigate();
  const announce = useAnnounce();
  const { room, state, info, role, openedReadSeq, resets } = useRoom(roomId);
  const { members } = useMembers(roomId);
  const composer = useRef<ComposerHandle>(null);
  const [replyTo, setReplyTo] = useState<Message | null>(null);
  const [editing, setEditing] = useState<string | null>(null);

  const onLive = useCallback(
    (message: Message) => {
      const isOthers = message.kind === "user" && message.senderId !== self;
      if (isOthers) announce(`${message.senderId}: ${message.text}`);
    },
    [announce, self],
  );
  const messages = useMessages(roomId, { ...(route.at !== null && { around: route.at }), onLive });
  const loaded = useRef(messages.messages);
  loaded.current = messages.messages;

  const scope = useMemo<RoomScope>(
    () => ({
      roomId,
      info,
      role,
      memberIds: members.map((member) => member.userId),
      editing,
      find: (messageId) => loaded.current.find((row) => row.id === messageId),
      edit: setEditing,
      reply: (message) => {
        setReplyTo(message);
        composer.current?.focus();
      },
      openThread: (rootId) => navigate({ thread: rootId }),
      showMessage: (messageId) => navigate({ at: messageId }),
      focusComposer: () => composer.current?.focus(),
    }),
    [roomId, info, role, members, editing, navigate],
  );

  const closePanel = useCallback(() => {
    navigate({ panel: null, thread: null });
    composer.current?.focus();
  }, [navigate]);

  function editLast() {
    const last = messages.messages.findLast(
      (row) => row.senderId === self && !row.local && !row.deletedAt && !row.threadId && row.kind === "user",
    );
    if (last !== undefined) setEditing(last.id);
  }

  const gone = state.status === "removed" || state.status === "failed";
  return (
    <RoomContext value={scope}>
      <main className={cx("room", route.panel !== null && "with-panel")} aria-label="Room">
        <RoomHeader />
        {gone ? (
          <RoomNotice state={state} />
        ) : (
          <>
            {/* Another position in the history or a reset log needs a new list. */}
            <MessageList key={`${route.at ?? "newest"}:${resets}`} room={room} state={state} openedReadSeq={openedReadSeq} {...messages} at={route.at} />
            <div className="room-foot">
              <TypingLine roomId={roomId} />
              <Composer
                ref={composer}
                roomId={roomId}
                draftKey={roomId}
                label="Message"
                disabled={role !== undefined && !allows(role, "send")}
                replyTo={replyTo}
                onReplied={() => setReplyTo(null)}
                onEditLast={editLast}
                onSent={() => route.at !== null && navigate({ at: null })}
                autoFocus
              />
            </div>
          </>
        )}
      </main>
      {!gone && route.thread !== null && (
        <ThreadPanel key={route.thread} rootId={route.thread} onClose={closePanel} />
      )}
      {!gone && route.panel === "members" && <MembersPanel onClose={closePanel} />}
      {!gone && route.panel === "pins" && <PinsPanel onClose={closePanel} />}
      {!gone && route.panel === "search" && <SearchPanel onClose={closePanel} />}
    </RoomContext>
  );
}
