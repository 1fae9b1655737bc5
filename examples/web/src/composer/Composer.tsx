"use client";

import type { Message } from "chat-core-client";
import { useChatClient, useSendMessage, useTyping } from "chat-core-client/react-query";
import { type KeyboardEvent, type Ref, useEffect, useId, useImperativeHandle, useLayoutEffect, useRef, useState } from "react";
import { useSelf } from "@/chat/self";
import { EmojiPicker } from "@/messages/EmojiPicker";
import { useScope } from "@/room/scope";
import { length, mentionsIn } from "@/lib/text";
import { Icon } from "@/ui/Icon";
import { IconButton } from "@/ui/IconButton";
import { MentionList } from "./MentionList";
import { draftOf, keepDraft } from "./drafts";
import { useGrowing } from "./use-growing";
import { useMentions } from "./use-mentions";

/** The limit until the server sends its own. */
const MAX_CHARS = 4000;
/** The counter appears when fewer characters than this are left. */
const COUNT_BELOW = 200;

export interface ComposerHandle {
  focus: () => void;
}

interface Props {
  ref?: Ref<ComposerHandle>;
  roomId: string;
  draftKey: string;
  label: string;
  threadId?: string;
  disabled?: boolean;
  autoFocus?: boolean;
  replyTo?: Message | null;
  onReplied?: () => void;
  onEditLast?: () => void;
  onSent?: () => void;
}

export function Composer({ ref, roomId, draftKey, label, threadId, disabled = false, autoFocus = false, replyTo = null, onReplied, onEditLast, onSent }: Props) {
  const self = useSelf();
  const client = useChatClient();
  const { memberIds } = useScope();
  const { send } = useSendMessage(roomId);
  const { keystroke, stop } = useTyping(roomId);
  const field = useRef<HTMLTextAreaElement>(null);
  const [text, setText] = useState(() => draftOf(draftKey));
  const [caret, setCaret] = useState(text.length);
  const [emoji, setEmoji] = useState<HTMLElement | null>(null);
  const moveCaret = useRef<number | null>(null);
  const list = useId();
  useGrowing(field, text);
  useImperativeHandle(ref, () => ({ focus: () => field.current?.focus() }), []);

  // Not on a phone, where the keyboard would cover half of the room.
  useEffect(() => {
    if (autoFocus && window.matchMedia("(hover: hover)").matches) field.current?.focus();
  }, [autoFocus]);

  useLayoutEffect(() => {
    if (moveCaret.current !== null) field.current?.setSelectionRange(moveCaret.current, moveCaret.current);
    moveCaret.current = null;
  }, [text]);

  const mentions = useMentions({
    field,
    text,
    caret,
    userIds: memberIds.filter((userId) => userId !== self),
    onChange: put,
  });

  /** Replaces the text and moves the caret. */
  function put(next: string, at: number) {
    moveCaret.current = at;
    setText(next);
    setCaret(at);
    keepDraft(draftKey, next);
  }

  const left = (client.limits?.maxTextChars ?? MAX_CHARS) - length(text);

  function submit() {
    const wanted = text.trim();
    if (wanted === "" || left < 0) return;
    const named = mentionsIn(wanted, memberIds);
    send({
      text: wanted,
      ...(named.length > 0 && { mentions: named }),
      ...(replyTo !== null && { replyTo: replyTo.id }),
      ...(threadId !== undefined && { threadId }),
    });
    stop();
    put("", 0);
    onReplied?.();
    onSent?.();
  }

  function onKeyDown(event: KeyboardEvent) {
    // During text composition, Enter confirms the word.
    if (event.nativeEvent.isComposing || event.keyCode === 229) return;
    if (mentions.onKeyDown(event)) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      submit();
    } else if (event.key === "Escape" && replyTo !== null) {
      onReplied?.();
    } else if (event.key === "ArrowUp" && text === "" && onEditLast !== undefined) {
      event.preventDefault();
      onEditLast();
    }
  }

  if (disabled) return <p className="composer-closed">You can read messages here, but not send them.</p>;
  const offers = mentions.offered.length > 0;
  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      {replyTo !== null && (
        <div className="composer-reply">
          <Icon name="reply" />
          <span>
            Replying to <strong>{replyTo.senderId}</strong> <span className="composer-quoted">{replyTo.text}</span>
          </span>
          <IconButton icon="close" label="Cancel reply" onClick={onReplied} />
        </div>
      )}
      {offers && <MentionList id={list} userIds={mentions.offered} active={mentions.active} onPick={mentions.pick} />}
      <div className="composer-row">
        <textarea
          ref={field}
          className="composer-text"
          rows={1}
          placeholder={label}
          aria-label={label}
          aria-autocomplete="list"
          aria-controls={offers ? list : undefined}
          aria-activedescendant={offers ? `${list}-${mentions.active}` : undefined}
          enterKeyHint="send"
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setCaret(event.target.selectionStart);
            keepDraft(draftKey, event.target.value);
            if (event.target.value === "") stop();
            else keystroke();
          }}
          onSelect={(event) => setCaret(event.currentTarget.selectionStart)}
          onKeyDown={onKeyDown}
        />
        {left < COUNT_BELOW && (
          <span className={left < 0 ? "chars over" : "chars"} role="status">
            {left}
          </span>
        )}
        <IconButton
          icon="smile"
          label="Emoji"
          aria-haspopup="dialog"
          onClick={(event) => setEmoji(emoji === null ? event.currentTarget : null)}
        />
        <button type="submit" className="send" aria-label="Send" title="Send" disabled={text.trim() === "" || left < 0}>
          <Icon name="send" />
        </button>
      </div>
      {emoji !== null && (
        <EmojiPicker
          anchor={emoji}
          onClose={() => setEmoji(null)}
          onPick={(picked) => {
            setEmoji(null);
            put(text.slice(0, caret) + picked + text.slice(caret), caret + picked.length);
            field.current?.focus();
          }}
        />
      )}
    </form>
  );
}
