"use client";

import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { ChatClient } from "chat-core-client";
import { ChatProvider } from "chat-core-client/react-query";
import { parseEvent } from "chat-core-client/zod";
import { useEffect, useState } from "react";
import { tokenSource } from "@/session/token";
import { SelfContext } from "./self";
import { Shell } from "./Shell";

/** The path at which the example servers mount the engine. */
const PREFIX = "/chat";

function newQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        // Changes arrive over the socket, and the client catches up after a lost connection.
        staleTime: Number.POSITIVE_INFINITY,
        refetchOnWindowFocus: false,
        refetchOnReconnect: false,
        networkMode: "always",
      },
      mutations: { networkMode: "always" },
    },
  });
}

export function Chat({ userId }: { userId: string }) {
  const [queries] = useState(newQueryClient);
  const [client] = useState(
    () => new ChatClient(PREFIX, { userId, getToken: tokenSource(userId), parseEvent }),
  );

  useEffect(() => {
    client.connect();
    return () => client.disconnect();
  }, [client]);

  return (
    <SelfContext value={userId}>
      <QueryClientProvider client={queries}>
        <ChatProvider client={client}>
          <Shell />
        </ChatProvider>
      </QueryClientProvider>
    </SelfContext>
  );
}
