import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useCallback, useMemo, useRef, useSyncExternalStore } from "react";
import type { Member, Presence } from "../rest/index.js";
import { chatKeys } from "./keys.js";
import { useChatClient, useChatFeed } from "./provider.js";
import { LIVE, type QueryStatus, queryStatus } from "./query-options.js";

export function useTyping(roomId: string): {
  /** The other users who are typing. */
  users: readonly string[];
  keystroke: () => void;
  stop: () => void;
} {
  const room = useChatClient().room(roomId);
  const subscribe = useCallback((changed: () => void) => room.on("typing", changed), [room]);
  const get = (): readonly string[] => room.typing;
  const users = useSyncExternalStore(subscribe, get, get);
  return useMemo(
    () => ({ users, keystroke: () => room.keystroke(), stop: () => room.stopTyping() }),
    [room, users],
  );
}

/** Returns the live presence of users. Users who share no room with the current user are missing. */
export function usePresence(userIds: readonly string[]): ReadonlyMap<string, Presence> {
  const { presence } = useChatFeed();
  // Callers may pass a new array each time, so compare its content.
  const names = JSON.stringify([...new Set(userIds)].sort());
  const users = useMemo(() => JSON.parse(names) as string[], [names]);
  const last = useRef<ReadonlyMap<string, Presence>>(new Map());
  const get = (): ReadonlyMap<string, Presence> => {
    const now = new Map(users.flatMap((user) => (presence.get(user) ? [[user, presence.get(user)!]] : [])));
    const same = now.size === last.current.size && users.every((u) => now.get(u) === last.current.get(u));
    if (!same) last.current = now;
    return last.current;
  };
  const subscribe = useCallback((changed: () => void) => presence.watch(users, changed), [presence, users]);
  return useSyncExternalStore(subscribe, get, get);
}

export function useMembers(roomId: string): QueryStatus & {
  members: readonly Member[];
  hasMore: boolean;
  loadMore: () => void;
} {
  const client = useChatClient();
  const query = useInfiniteQuery({
    ...LIVE,
    queryKey: chatKeys.members(roomId),
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      client.rest.members(roomId, { limit: 100, ...(pageParam === undefined ? {} : { cursor: pageParam }) }, signal),
    getNextPageParam: (last) => last.page.next ?? undefined,
  });
  const { data, fetchNextPage } = query;
  return {
    ...queryStatus(query),
    members: useMemo(() => data?.pages.flatMap((page) => page.members) ?? [], [data]),
    hasMore: query.hasNextPage,
    loadMore: useCallback(() => void fetchNextPage(), [fetchNextPage]),
  };
}

/** The maximum number of read markers to load. Larger rooms do not show all readers. */
const MAX_READS = 500;
const NO_READS: ReadonlyMap<string, number> = new Map();

/** Returns the live read markers of all members. */
export function useReads(roomId: string): ReadonlyMap<string, number> {
  const client = useChatClient();
  const { data } = useQuery({
    ...LIVE,
    queryKey: chatKeys.reads(roomId),
    queryFn: async ({ signal }): Promise<ReadonlyMap<string, number>> => {
      const reads = new Map<string, number>();
      let cursor: string | null = null;
      do {
        const query: { limit: number; cursor?: string } = { limit: 100, ...(cursor === null ? {} : { cursor }) };
        const list = await client.rest.reads(roomId, query, signal);
        for (const { userId, seq } of list.reads) reads.set(userId, seq);
        cursor = list.page.next;
      } while (cursor !== null && reads.size < MAX_READS);
      return reads;
    },
    // Markers only move forward, so keep those that moved during the request.
    structuralSharing: (old, fresh) => newerReads(old as typeof NO_READS | undefined, fresh as typeof NO_READS),
  });
  return data ?? NO_READS;
}

function newerReads(
  old: ReadonlyMap<string, number> | undefined,
  fresh: ReadonlyMap<string, number>,
): ReadonlyMap<string, number> {
  if (!old) return fresh;
  return new Map([...fresh].map(([userId, seq]) => [userId, Math.max(seq, old.get(userId) ?? 0)]));
}
