import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import { randomId } from "../environment.js";
import type { Room as RoomInfo } from "../generated/wire.js";
import type { NewRoom, RoomEntry } from "../rest/index.js";
import { chatKeys } from "./keys.js";
import { useChatClient } from "./provider.js";
import { LIVE, type QueryStatus, queryStatus } from "./query-options.js";
import { roomEntries } from "./rooms-reducers.js";

/** Returns the user's rooms by latest activity, with live order, unread counts and last messages. */
export function useRooms(): QueryStatus & {
  rooms: readonly RoomEntry[];
  hasMore: boolean;
  isLoadingMore: boolean;
  loadMore: () => void;
} {
  const client = useChatClient();
  const query = useInfiniteQuery({
    ...LIVE,
    queryKey: chatKeys.rooms(),
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      client.rest.rooms(pageParam === undefined ? {} : { cursor: pageParam }, signal),
    getNextPageParam: (last) => last.page.next ?? undefined,
  });
  const { data, hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  return {
    ...queryStatus(query),
    rooms: useMemo(() => roomEntries(data), [data]),
    hasMore: hasNextPage,
    isLoadingMore: isFetchingNextPage,
    loadMore: useCallback(() => void fetchNextPage(), [fetchNextPage]),
  };
}

/** Returns the total number of unread messages, and how many of them mention the user. */
export function useUnread(): { unread: number; mentions: number; rooms: number } {
  const client = useChatClient();
  const { data } = useQuery({
    ...LIVE,
    queryKey: chatKeys.unread(),
    queryFn: ({ signal }) => client.rest.unread(signal),
  });
  return data ?? { unread: 0, mentions: 0, rooms: 0 };
}

/** Creates, joins and changes rooms, and updates the room list. */
export function useRoomActions(): {
  create: (room: NewRoom) => Promise<RoomInfo>;
  join: (roomId: string) => Promise<void>;
  leave: (roomId: string) => Promise<void>;
  rename: (roomId: string, name: string) => Promise<RoomInfo>;
  remove: (roomId: string) => Promise<void>;
} {
  const client = useChatClient();
  const queries = useQueryClient();
  return useMemo(() => {
    const listed = async <Done>(done: Promise<Done>): Promise<Done> => {
      const result = await done;
      await queries.invalidateQueries({ queryKey: chatKeys.rooms() });
      return result;
    };
    return {
      create: (room) => listed(client.rest.createRoom(room, randomId())),
      join: (roomId) => listed(client.rest.joinRoom(roomId).then(() => undefined)),
      leave: (roomId) => listed(client.rest.leaveRoom(roomId)),
      rename: (roomId, name) => listed(client.rest.updateRoom(roomId, { name })),
      remove: (roomId) => listed(client.rest.deleteRoom(roomId)),
    };
  }, [client, queries]);
}
