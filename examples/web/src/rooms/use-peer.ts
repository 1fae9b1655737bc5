"use client";

import { useQuery } from "@tanstack/react-query";
import type { RoomEntry } from "chat-core-client";
import { chatKeys, useChatClient } from "chat-core-client/react-query";
import { useSelf } from "@/chat/self";

/** Returns the other user of a direct room, once loaded. It never changes. */
export function usePeer(room: Pick<RoomEntry, "id" | "kind"> | undefined): string | undefined {
  const self = useSelf();
  const client = useChatClient();
  const { data } = useQuery({
    queryKey: [...chatKeys.room(room?.id ?? ""), "peer"],
    enabled: room?.kind === "direct",
    queryFn: async ({ signal }) => {
      const { members } = await client.rest.members(room?.id ?? "", { limit: 2 }, signal);
      return members.find((member) => member.userId !== self)?.userId ?? self;
    },
  });
  return data;
}
