"use client";

import type { Room, RoomState } from "chat-core-client";
import { type useMessages, useMarkRead, useReads } from "chat-core-client/react-query";
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from "react";
import { useSelf } from "@/chat/self";
import { useScope } from "@/room/scope";
import { useNavigate } from "@/lib/route";
import { dayLabel } from "@/lib/time";
import { step } from "@/ui/rove";
import { JumpToLatest } from "./JumpToLatest";
import { MessageItem } from "./MessageItem";
import { entriesOf } from "./entries";
import { readersBySeq } from "./readers";
import { useAttention } from "./use-attention";
import { useNearEdges } from "./use-near-edges";
import { useStay } from "./use-stay";

type Props = ReturnType<typeof useMessages> & {
  room: Room;
  state: RoomState;
  /** The read marker when the room was opened, for the "new messages" divider. */
  openedReadSeq: number | undefined;
  /** The message to show instead of the newest. */
  at: string | null;
};

/** The messages of a room, with the newest at the end. */
export function MessageList({ room, state, openedReadSeq, at, messages, hasOlder, loadOlder, isLoadingOlder, hasNewer, loadNewer, isPending, error }: Props) {
  const self = useSelf();
  const { focusComposer } = useScope();
  const navigate = useNavigate();
  const reads = useReads(room.id);
  const markRead = useMarkRead(room.id);
  const attention = useAttention();
  const list = useRef<HTMLDivElement>(null);
  const [stop, setStop] = useState<string | null>(null);

  const entries = useMemo(
    () => entriesOf(messages, { self, readSeq: openedReadSeq ?? null, hidesReplies: true }),
    [messages, self, openedReadSeq],
  );
  const readers = useMemo(() => readersBySeq(messages, reads, self), [messages, reads, self]);
  const { isAtEnd, onScroll, toEnd, toRow } = useStay(list, entries, at === null);
  useNearEdges(list, { entries, hasOlder, loadOlder, hasNewer, loadNewer });

  // The initial target: the message in the URL, or the first unread one.
  const target = at === null ? "unread" : at;
  const arrived = useRef(false);
  useEffect(() => {
    if (arrived.current || entries.length === 0) return;
    const entry = entries.find((each) => (each.kind === "message" ? each.row.id === target : each.key === target));
    if (entry !== undefined) arrived.current = toRow(entry.key);
    else arrived.current = !isPending;
  }, [entries, target, toRow, isPending]);

  const newest = messages.findLast((row) => !row.local)?.seq ?? 0;
  const isSeen = isAtEnd && !hasNewer && attention;
  useEffect(() => {
    if (isSeen && newest > 0) markRead(newest);
  }, [isSeen, newest, markRead]);

  // Messages that arrived since the end was last visible.
  const [seenSeq, setSeenSeq] = useState(0);
  useEffect(() => {
    if (isSeen || seenSeq === 0) setSeenSeq(newest);
  }, [isSeen, seenSeq, newest]);
  const missed = messages.filter((row) => row.seq > seenSeq && !row.local && row.senderId !== self && !row.threadId).length;

  function jump() {
    if (hasNewer || at !== null) navigate({ at: null });
    else toEnd();
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.key === "Escape") return focusComposer();
    const rows = [...(list.current?.querySelectorAll<HTMLElement>(".message[tabindex]") ?? [])];
    const now = rows.indexOf(document.activeElement as HTMLElement);
    if (now < 0) return;
    const next = step(event.key, now, rows.length);
    if (next === null) return;
    event.preventDefault();
    rows[next]?.focus();
  }

  function edge(): string {
    if (isPending || isLoadingOlder) return "Loading…";
    if (error !== null) return "Could not load the messages.";
    if (hasOlder) return "";
    return messages.length === 0 ? "No messages yet. Say hello!" : "This is the start of the conversation.";
  }

  const last = entries.findLast((entry) => entry.kind === "message")?.key;
  return (
    <div className="messages-place">
      <div ref={list} className="messages" onScroll={onScroll} onKeyDown={onKeyDown} data-testid="messages" data-live={state.status === "joined" && !isPending}>
        <div className="messages-inner">
          <p className="history-edge">
            {edge()}
          </p>
          <ol className="message-rows" aria-label="Messages">
            {entries.map((entry) => {
              switch (entry.kind) {
                case "day":
                  return (
                    <li key={entry.key} className="day" data-key={entry.key}>
                      <span>{dayLabel(entry.time)}</span>
                    </li>
                  );
                case "unread":
                  return (
                    <li key={entry.key} className="unread-divider" data-key={entry.key}>
                      <span>New</span>
                    </li>
                  );
                case "message":
                  return (
                    <MessageItem
                      key={entry.key}
                      entry={entry}
                      readers={readers.get(entry.row.seq)}
                      isStop={entry.key === (stop ?? last)}
                      isTarget={entry.row.id === at}
                      onFocus={setStop}
                    />
                  );
              }
            })}
          </ol>
        </div>
      </div>
      {(!isAtEnd || hasNewer) && <JumpToLatest count={missed} onJump={jump} />}
    </div>
  );
}
