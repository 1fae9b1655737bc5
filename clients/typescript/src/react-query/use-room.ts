import { useQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useState, useSyncExternalStore } from "react";
import type { OccupancyEvent, Role, Room as RoomInfo } from "../generated/wire.js";
import type { RoomState } from "../room-events.js";
import type { Room } from "../room.js";
import { chatKeys } from "./keys.js";
import { useChatFeed } from "./provider.js";
import { LIVE, type QueryStatus, queryStatus } from "./query-options.js";

/** Joins a room while mounted. */
export function useHeardRoom(roomId: string): { room: Room; state: RoomState } {
  const feed = useChatFeed();
  const room = feed.client.room(roomId);
  useEffect(() => {
    // Subscribe first, so that the cache receives all events.
    feed.room(roomId);
    return room.retain();
  }, [feed, room, roomId]);
  const subscribe = useCallback((changed: () => void) => room.on("state", changed), [room]);
  const get = (): RoomState => room.state;
  return { room, state: useSyncExternalStore(subscribe, get, get) };
}

/** Joins a room while mounted. Returns everything about it except its messages. */
export function useRoom(roomId: string): QueryStatus & {
  room: Room;
  state: RoomState;
  info: RoomInfo | undefined;
  role: Role | undefined;
  /** The user's own read marker. */
  readSeq: number;
  /** The user's own read marker when the room was opened, for the "new messages" divider. */
  openedReadSeq: number | undefined;
  occupancy: OccupancyEvent | undefined;
  /** The number of times that the log was reset (`recovered: false`), which invalidates all messages. */
  resets: number;
} {
  const feed = useChatFeed();
  const { room, state } = useHeardRoom(roomId);
  const [occupancy, setOccupancy] = useState<OccupancyEvent>();
  const [opened, setOpened] = useState<{ room: Room; seq: number }>();

  useEffect(() => {
    setOccupancy(undefined);
    const note = (seq: number): void =>
      setOpened((before) => (before?.room === room ? before : { room, seq }));
    if (room.state.status === "joined") note(room.readSeq);
    const ends = [
      room.on("occupancy", setOccupancy),
      room.on("joined", ({ again, recovered, readSeq }) => {
        if (again && !recovered) setOpened({ room, seq: readSeq });
        else note(readSeq);
      }),
    ];
    return () => {
      for (const end of ends) end();
      // The divider is set again when the room is opened again.
      setOpened(undefined);
    };
  }, [room]);

  const readSeq = useSyncExternalStore(
    useCallback(
      (changed) => {
        const ends = [room.on("read", changed), room.on("joined", changed)];
        return () => ends.forEach((end) => end());
      },
      [room],
    ),
    () => room.readSeq,
    () => room.readSeq,
  );
  const resets = useSyncExternalStore(
    useCallback((changed) => feed.onReset(changed), [feed]),
    () => feed.resets(roomId),
    () => feed.resets(roomId),
  );
  const query = useQuery({
    ...LIVE,
    queryKey: chatKeys.room(roomId),
    queryFn: ({ signal }) => feed.client.rest.room(roomId, signal),
    enabled: state.status === "joined",
  });
  return {
    ...queryStatus(query),
    room,
    state,
    info: query.data,
    role: state.status === "joined" ? state.role : undefined,
    readSeq,
    openedReadSeq: opened?.room === room ? opened.seq : undefined,
    occupancy,
    resets,
  };
}
