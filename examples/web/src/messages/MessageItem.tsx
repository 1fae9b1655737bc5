"use client";

import { useMessageActions } from "chat-core-client/react-query";
import { type KeyboardEvent, memo, useState } from "react";
import { useTry } from "@/chat/Toasts";
import { useSelf } from "@/chat/self";
import { cx } from "@/lib/cx";
import { allows } from "@/lib/permissions";
import { systemText } from "@/lib/rooms";
import { listed } from "@/lib/text";
import { fullTime, timeOfDay } from "@/lib/time";
import { useScope } from "@/room/scope";
import { Avatar } from "@/ui/Avatar";
import { Icon } from "@/ui/Icon";
import { EmojiPicker } from "./EmojiPicker";
import { MessageBody } from "./MessageBody";
import { MessageEditor } from "./MessageEditor";
import { MessageMenu } from "./MessageMenu";
import { MessageStatus } from "./MessageStatus";
import { MessageToolbar } from "./MessageToolbar";
import { Quote } from "./Quote";
import { Reactions } from "./Reactions";
import { Readers } from "./Readers";
import { ThreadLink } from "./ThreadLink";
import type { Entry } from "./entries";

type MessageEntry = Extract<Entry, { kind: "message" }>;

interface Props {
  entry: MessageEntry;
  readers?: readonly string[] | undefined;
  /** `true` if the Tab key stops here. */
  isStop: boolean;
  /** `true` for the message that the URL links to. */
  isTarget?: boolean;
  /** `true` in a thread panel, where threads are not offered. */
  inThread?: boolean;
  onFocus: (key: string) => void;
}

type Open = { what: "menu" | "emoji"; anchor: HTMLElement } | null;

export const MessageItem = memo(Item, same);

function Item({ entry, readers, isStop, isTarget = false, inThread = false, onFocus }: Props) {
  const { row, isHead, key } = entry;
  const self = useSelf();
  const { roomId, role, editing, edit, reply, openThread, focusComposer } = useScope();
  const { toggleReaction } = useMessageActions(roomId);
  const attempt = useTry();
  const [open, setOpen] = useState<Open>(null);

  if (row.kind === "system") {
    return (
      <li className="system-message" data-key={key}>
        {systemText(row)}
      </li>
    );
  }

  const isOwn = row.senderId === self;
  const isLocal = row.local !== undefined && row.local.state !== "sent";
  const isDeleted = row.deletedAt !== undefined;
  const isEditing = editing === row.id;
  const acts = !isLocal && !isDeleted && !isEditing;
  const sender = row.senderId ?? "System";
  // The Tab key visits the parts of one message only.
  const tabIndex = isStop ? 0 : -1;
  const mayReact = acts && allows(role, "react");

  function onKeyDown(event: KeyboardEvent<HTMLElement>) {
    if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey || !acts) return;
    switch (event.key) {
      case "e":
        if (!isOwn) return;
        edit(row.id);
        break;
      case "r":
        reply(row);
        break;
      case "t":
        if (inThread) return;
        openThread(row.id);
        break;
      case "+":
        if (!mayReact) return;
        setOpen({ what: "emoji", anchor: event.currentTarget });
        break;
      default:
        return;
    }
    event.preventDefault();
  }

  return (
    <li
      className={cx(
        "message",
        isHead && "head",
        isLocal && "local",
        row.local?.state === "failed" && "failed",
        isTarget && "target",
        row.pinnedAt !== undefined && "pinned",
        open !== null && "busy",
        row.mentions?.includes(self) && "mentions-self",
      )}
      data-key={key}
      data-testid="message"
      data-state={row.local?.state ?? "stored"}
      tabIndex={tabIndex}
      aria-label={`${sender}, ${timeOfDay(row.createdAt)}: ${isDeleted ? "deleted" : row.text}`}
      onFocus={() => onFocus(key)}
      onKeyDown={onKeyDown}
    >
      <div className="message-gutter">
        {isHead ? <Avatar userId={sender} /> : <time dateTime={row.createdAt}>{timeOfDay(row.createdAt)}</time>}
      </div>
      <div className="message-main">
        {row.pinnedAt !== undefined && (
          <p className="message-note">
            <Icon name="pin" /> Pinned{row.pinnedBy !== undefined && ` by ${row.pinnedBy}`}
          </p>
        )}
        {row.replyTo !== undefined && <Quote messageId={row.replyTo} tabIndex={tabIndex} />}
        {isHead && (
          <p className="message-head">
            <strong>{sender}</strong>
            <time dateTime={row.createdAt} title={fullTime(row.createdAt)}>
              {timeOfDay(row.createdAt)}
            </time>
          </p>
        )}
        {isEditing ? (
          <MessageEditor
            message={row}
            onClose={() => {
              edit(null);
              focusComposer();
            }}
          />
        ) : (
          <MessageBody row={row} />
        )}
        <Reactions
          row={row}
          self={self}
          disabled={!mayReact}
          tabIndex={tabIndex}
          onToggle={(emoji) => void attempt(() => toggleReaction(row, emoji))}
        />
        {!inThread && row.thread !== undefined && row.thread.replyCount > 0 && (
          <ThreadLink thread={row.thread} tabIndex={tabIndex} onOpen={() => openThread(row.id)} />
        )}
        {row.local !== undefined && <MessageStatus row={row} />}
      </div>
      {readers !== undefined && readers.length > 0 && <Readers userIds={readers} label={`Read by ${listed(readers)}`} />}
      {acts && (
        <MessageToolbar
          tabIndex={tabIndex}
          canReact={mayReact}
          canThread={!inThread}
          onReact={(anchor) => setOpen({ what: "emoji", anchor })}
          onReply={() => reply(row)}
          onThread={() => openThread(row.id)}
          onMore={(anchor) => setOpen({ what: "menu", anchor })}
        />
      )}
      {open?.what === "emoji" && (
        <EmojiPicker
          anchor={open.anchor}
          onClose={() => setOpen(null)}
          onPick={(emoji) => {
            setOpen(null);
            open.anchor.focus();
            void attempt(() => toggleReaction(row, emoji));
          }}
        />
      )}
      {open?.what === "menu" && <MessageMenu anchor={open.anchor} message={row} onClose={() => setOpen(null)} />}
    </li>
  );
}

/** Limits rendering to rows that have changed, as a list may have hundreds. */
function same(before: Props, after: Props): boolean {
  return (
    before.entry.row === after.entry.row &&
    before.entry.isHead === after.entry.isHead &&
    before.isStop === after.isStop &&
    before.isTarget === after.isTarget &&
    before.readers?.join() === after.readers?.join()
  );
}
