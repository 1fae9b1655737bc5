"use client";

import type { Message } from "chat-core-client";
import { useMessageActions } from "chat-core-client/react-query";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { useTry } from "@/chat/Toasts";
import { useGrowing } from "@/composer/use-growing";
import { useScope } from "@/room/scope";

export function MessageEditor({ message, onClose }: { message: Message; onClose: () => void }) {
  const { roomId } = useScope();
  const { edit } = useMessageActions(roomId);
  const attempt = useTry();
  const [text, setText] = useState(message.text);
  const [busy, setBusy] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  useGrowing(field, text);

  useEffect(() => {
    field.current?.focus();
    field.current?.setSelectionRange(message.text.length, message.text.length);
  }, [message.text.length]);

  async function save() {
    const wanted = text.trim();
    if (wanted === "" || wanted === message.text) return onClose();
    setBusy(true);
    const done = await attempt(() => edit(message.id, wanted));
    setBusy(false);
    if (done) onClose();
  }

  function onKeyDown(event: KeyboardEvent) {
    event.stopPropagation();
    if (event.nativeEvent.isComposing) return;
    if (event.key === "Escape") onClose();
    else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      void save();
    }
  }

  return (
    <div className="editor">
      <textarea
        ref={field}
        className="field"
        rows={1}
        aria-label="Edit message"
        value={text}
        disabled={busy}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={onKeyDown}
      />
      <div className="editor-actions">
        <button type="button" className="button small" onClick={onClose}>
          Cancel
        </button>
        <button type="button" className="button small primary" disabled={busy} onClick={() => void save()}>
          Save
        </button>
      </div>
    </div>
  );
}
