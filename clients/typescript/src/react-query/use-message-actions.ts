import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import type { Message } from "../generated/wire.js";
import type { Draft, OutboxItem } from "../outbox/item.js";
import { chatKeys } from "./keys.js";
import { useChatClient } from "./provider.js";

/** Sends messages to a room. */
export function useSendMessage(roomId: string): {
  /** Shows the message at once, and sends it as soon as possible. */
  send: (draft: Draft | string) => OutboxItem;
  retry: (clientMessageId: string) => void;
  cancel: (clientMessageId: string) => boolean;
} {
  const client = useChatClient();
  return useMemo(
    () => ({
      send: (draft) => client.room(roomId).send(draft),
      retry: (clientMessageId) => client.outbox.retry(clientMessageId),
      cancel: (clientMessageId) => client.outbox.cancel(clientMessageId),
    }),
    [client, roomId],
  );
}

/** Changes messages. A change shows once the server has accepted it. */
export function useMessageActions(roomId: string): {
  edit: (messageId: string, text: string) => Promise<void>;
  remove: (messageId: string, options?: { forMe?: boolean }) => Promise<void>;
  toggleReaction: (message: Message, emoji: string) => Promise<void>;
  pin: (messageId: string) => Promise<void>;
  unpin: (messageId: string) => Promise<void>;
} {
  const client = useChatClient();
  const queries = useQueryClient();
  return useMemo(() => {
    const room = client.room(roomId);
    const pinned = (): Promise<void> => queries.invalidateQueries({ queryKey: chatKeys.pins(roomId) });
    return {
      edit: (messageId, text) => room.edit(messageId, text),
      remove: (messageId, options) => room.delete(messageId, options),
      toggleReaction: async (message, emoji) => {
        const listed = client.userId !== undefined && message.reactions?.[emoji]?.includes(client.userId);
        // If there are many users, the message lists only the first ones.
        const counted = message.reactionCounts?.[emoji] !== undefined;
        const own = listed || (counted && (await client.rest.reactors(roomId, message.id, emoji, { limit: 1 })).reacted);
        return own ? room.unreact(message.id, emoji) : room.react(message.id, emoji);
      },
      pin: (messageId) => client.rest.pin(roomId, messageId).then(pinned),
      unpin: (messageId) => client.rest.unpin(roomId, messageId).then(pinned),
    };
  }, [client, queries, roomId]);
}

/** Moves the user's own read marker. It is safe to call often. */
export function useMarkRead(roomId: string): (seq: number) => void {
  const client = useChatClient();
  return useCallback((seq) => client.room(roomId).markRead(seq), [client, roomId]);
}
