import { useQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useState, useSyncExternalStore } from "react";
import type { OccupancyEvent, Role, Room as RoomInfo } from "../generated/wire.js";
import type { RoomState } from "../room-events.js";
import type { Room } from "../room.js";
import { chatKeys } from "./keys.js";
import { useChatFeed } from "./provider.js";
import { LIVE, type QueryStatus, queryStatus } from "./query-options.js";

/** Hears a room while mounted. */
export function useHeardRoom(roomId: string): { room: Room; state: RoomState } {
  const feed = useChatFeed();
  const room = feed.client.room(roomId);
  useEffect(() => {
    // What it tells from now on is to reach the cache.
    feed.room(roomId);
    return room.retain();
  }, [feed, room, roomId]);
  const subscribe = useCallback((changed: () => void) => room.on("state", changed), [room]);
  const get = (): RoomState => room.state;
  return { room, state: useSyncExternalStore(subscribe, get, get) };
}

/** Hears a room while mounted, and tells all about it but its messages. */
export function useRoom(roomId: string): QueryStatus & {
  room: Room;
  state: RoomState;
  info: RoomInfo | undefined;
  role: Role | undefined;
  /** The own read marker now. */
  readSeq: number;
  /** The own read marker as it was when the room was opened: where the divider stands. */
  openedReadSeq: number | undefined;
  occupancy: OccupancyEvent | undefined;
  /** How often it had to begin anew (`recovered: false`): what was shown before is worth nothing. */
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
      // Opened again, it has another divider.
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
