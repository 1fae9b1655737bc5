"use client";

import { useRoom, useThread } from "chat-core-client/react-query";
import { Fragment, type KeyboardEvent, useEffect, useMemo, useRef, useState } from "react";
import { useSelf } from "@/chat/self";
import { Composer } from "@/composer/Composer";
import { allows } from "@/lib/permissions";
import { MessageItem } from "@/messages/MessageItem";
import { entriesOf } from "@/messages/entries";
import { useStay } from "@/messages/use-stay";
import { useScope } from "@/room/scope";
import { step } from "@/ui/rove";
import { Panel } from "./Panel";

export function ThreadPanel({ rootId, onClose }: { rootId: string; onClose: () => void }) {
  const self = useSelf();
  const { roomId, role, find } = useScope();
  const { room } = useRoom(roomId);
  const thread = useThread(roomId, rootId);
  const list = useRef<HTMLDivElement>(null);
  const [stop, setStop] = useState<string | null>(null);
  const { messages } = thread;
  const root = find(rootId) ?? thread.root;

  const head = useMemo(
    () => (root === undefined ? [] : entriesOf([root], { self, readSeq: null, hidesReplies: false })),
    [root, self],
  );
  const replies = useMemo(
    () => entriesOf(messages, { self, readSeq: null, hidesReplies: false }),
    [messages, self],
  );
  const { onScroll } = useStay(list, replies, true);

  const newest = messages.findLast((row) => !row.local)?.seq ?? 0;
  useEffect(() => {
    if (newest > thread.readSeq) room.markRead(newest, { threadId: rootId });
  }, [room, rootId, newest, thread.readSeq]);

  function onKeyDown(event: KeyboardEvent) {
    const rows = [...(list.current?.querySelectorAll<HTMLElement>(".message") ?? [])];
    const next = step(event.key, rows.indexOf(document.activeElement as HTMLElement), rows.length);
    if (next === null || !rows.includes(document.activeElement as HTMLElement)) return;
    event.preventDefault();
    rows[next]?.focus();
  }

  const shown = [...head, ...replies].filter((entry) => entry.kind === "message");
  const last = shown.at(-1)?.key;
  const count = messages.filter((row) => row.deletedAt === undefined).length;
  return (
    <Panel title="Thread" onClose={onClose}>
      <div ref={list} className="messages" onScroll={onScroll} onKeyDown={onKeyDown} data-testid="thread">
        <ol className="message-rows" aria-label="Thread">
          {shown.map((entry, place) => (
            <Fragment key={entry.key}>
              {place === 1 && (
                <li className="replies-divider">
                  <span>
                    {count} {count === 1 ? "reply" : "replies"}
                  </span>
                </li>
              )}
              <MessageItem
                entry={place < 2 ? { ...entry, isHead: true } : entry}
                inThread
                isStop={entry.key === (stop ?? last)}
                onFocus={setStop}
              />
            </Fragment>
          ))}
        </ol>
        {thread.hasOlder && (
          <button type="button" className="button small more" onClick={thread.loadOlder}>
            Load earlier replies
          </button>
        )}
        {!thread.isPending && count === 0 && <p className="hint">No replies yet.</p>}
      </div>
      <Composer
        roomId={roomId}
        draftKey={`${roomId}/${rootId}`}
        label="Reply in thread"
        threadId={rootId}
        disabled={!allows(role, "send")}
        autoFocus
      />
    </Panel>
  );
}
