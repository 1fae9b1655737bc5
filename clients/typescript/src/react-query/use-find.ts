import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import type { Message } from "../generated/wire.js";
import type { SearchQuery } from "../rest/index.js";
import { chatKeys } from "./keys.js";
import { useChatClient } from "./provider.js";
import { LIVE, type QueryStatus, queryStatus } from "./query-options.js";

const NONE: readonly Message[] = [];

export function usePins(roomId: string): QueryStatus & { messages: readonly Message[] } {
  const client = useChatClient();
  const query = useQuery({
    ...LIVE,
    queryKey: chatKeys.pins(roomId),
    queryFn: async ({ signal }) => (await client.rest.pins(roomId, signal)).messages,
  });
  return { ...queryStatus(query), messages: query.data ?? NONE };
}

/** Searches messages if `q` is not empty. Previous results stay until new ones arrive. */
export function useSearch(search: {
  q: string;
  roomId?: string;
  senderId?: string;
}): QueryStatus & {
  messages: readonly Message[];
  hasMore: boolean;
  loadMore: () => void;
} {
  const client = useChatClient();
  const q = search.q.trim();
  const criteria: SearchQuery = {
    q,
    ...(search.roomId === undefined ? {} : { roomId: search.roomId }),
    ...(search.senderId === undefined ? {} : { senderId: search.senderId }),
  };
  const query = useInfiniteQuery({
    ...LIVE,
    staleTime: 0,
    queryKey: chatKeys.search(criteria),
    enabled: q !== "",
    placeholderData: keepPreviousData,
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      client.rest.search({ ...criteria, ...(pageParam === undefined ? {} : { cursor: pageParam }) }, signal),
    getNextPageParam: (last) => last.page.next ?? undefined,
  });
  const { data, fetchNextPage } = query;
  return {
    ...queryStatus(query),
    messages: useMemo(() => (q === "" ? NONE : (data?.pages.flatMap((page) => page.messages) ?? NONE)), [data, q]),
    hasMore: query.hasNextPage,
    loadMore: useCallback(() => void fetchNextPage(), [fetchNextPage]),
  };
}
