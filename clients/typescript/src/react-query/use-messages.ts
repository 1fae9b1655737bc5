import { infiniteQueryOptions, useInfiniteQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef } from "react";
import type { Message } from "../generated/wire.js";
import type { ChatFeed } from "./chat-feed.js";
import { chatKeys } from "./keys.js";
import { useChatFeed } from "./provider.js";
import { LIVE, type QueryStatus, queryStatus } from "./query-options.js";
import type { MessageRow, MessagesPage } from "./rows.js";
import type { ThreadPage } from "./thread.js";
import { useHeardRoom } from "./use-room.js";

/** A page of history. Without a field it is the newest. */
interface PageParam {
  readonly before?: number;
  readonly after?: number;
  readonly around?: string | number;
}

const older = (first: MessagesPage): PageParam | undefined =>
  first.before === null ? undefined : { before: Number(first.before) };
const newer = (last: MessagesPage): PageParam | undefined =>
  last.after === null ? undefined : { after: Number(last.after) };

/** Returns the messages of a room: the loaded history, live changes, and the outbox. */
export function useMessages(
  roomId: string,
  options: {
    /** Start around a message, by id or seq, instead of at the newest. */
    around?: string | number;
    pageSize?: number;
    /** Called for each new message of another user, for an announcement or a sound. */
    onLive?: (message: Message) => void;
  } = {},
): QueryStatus & {
  messages: readonly MessageRow[];
  hasOlder: boolean;
  isLoadingOlder: boolean;
  loadOlder: () => void;
  /** `false` if the newest and live messages are shown. */
  hasNewer: boolean;
  isLoadingNewer: boolean;
  loadNewer: () => void;
} {
  const { around, pageSize = 50, onLive } = options;
  const feed = useChatFeed();
  const { state } = useHeardRoom(roomId);
  useLive(roomId, onLive);
  const query = useInfiniteQuery({
    ...messagesQuery(feed, roomId, pageSize, around),
    // Join first, then read, so that no change falls between the two.
    enabled: state.status === "joined",
  });
  const { data, fetchPreviousPage, fetchNextPage } = query;
  return {
    ...queryStatus(query),
    messages: useMemo(() => data?.pages.flatMap((page) => page.messages) ?? [], [data]),
    hasOlder: query.hasPreviousPage,
    isLoadingOlder: query.isFetchingPreviousPage,
    loadOlder: useCallback(() => void fetchPreviousPage({ cancelRefetch: false }), [fetchPreviousPage]),
    hasNewer: query.hasNextPage,
    isLoadingNewer: query.isFetchingNextPage,
    loadNewer: useCallback(() => void fetchNextPage({ cancelRefetch: false }), [fetchNextPage]),
  };
}

/** Returns the query options for a room's messages. */
export function messagesQuery(feed: ChatFeed, roomId: string, pageSize: number, around?: string | number) {
  return infiniteQueryOptions({
    ...LIVE,
    queryKey: chatKeys.messages(roomId, around),
    initialPageParam: (around === undefined ? {} : { around }) as PageParam,
    queryFn: async ({ pageParam, signal }): Promise<MessagesPage> => {
      const { messages, page } = await feed.client.rest.history(
        roomId,
        { ...pageParam, limit: pageSize },
        signal,
      );
      return { messages, ...page };
    },
    getPreviousPageParam: older,
    getNextPageParam: newer,
    structuralSharing: (old, fresh) => feed.room(roomId).catchUpMessages(old, fresh),
  });
}

/** Returns a thread: its root, and its replies like the messages of `useMessages`. */
export function useThread(
  roomId: string,
  rootId: string,
): QueryStatus & {
  root: Message | undefined;
  messages: readonly MessageRow[];
  /** The last reply that the user had read when the thread was loaded. */
  readSeq: number;
  hasOlder: boolean;
  isLoadingOlder: boolean;
  loadOlder: () => void;
} {
  const feed = useChatFeed();
  const { state } = useHeardRoom(roomId);
  const query = useInfiniteQuery({
    ...LIVE,
    queryKey: chatKeys.thread(roomId, rootId),
    enabled: state.status === "joined",
    initialPageParam: {} as PageParam,
    queryFn: async ({ pageParam, signal }): Promise<ThreadPage> => {
      const { messages, page, root, readSeq } = await feed.client.rest.thread(
        roomId,
        rootId,
        { ...pageParam },
        signal,
      );
      return { messages, ...page, root, readSeq };
    },
    getPreviousPageParam: older,
    getNextPageParam: newer,
    structuralSharing: (old, fresh) => feed.room(roomId).catchUpThread(rootId)(old, fresh),
  });
  const { data, fetchPreviousPage } = query;
  return {
    ...queryStatus(query),
    root: data?.pages.at(-1)?.root,
    messages: useMemo(() => data?.pages.flatMap((page) => page.messages) ?? [], [data]),
    readSeq: data?.pages.at(-1)?.readSeq ?? 0,
    hasOlder: query.hasPreviousPage,
    isLoadingOlder: query.isFetchingPreviousPage,
    loadOlder: useCallback(() => void fetchPreviousPage({ cancelRefetch: false }), [fetchPreviousPage]),
  };
}

function useLive(roomId: string, onLive: ((message: Message) => void) | undefined): void {
  const { client } = useChatFeed();
  const latest = useRef(onLive);
  useEffect(() => {
    latest.current = onLive;
  });
  useEffect(
    () =>
      client.room(roomId).on("changes", ({ changes, live }) => {
        if (!live) return;
        for (const change of changes) {
          if (change.kind !== "message" || change.message.rev !== change.message.seq) continue;
          if (change.message.senderId !== client.userId) latest.current?.(change.message);
        }
      }),
    [client, roomId],
  );
}
