import { useQueryClient } from "@tanstack/react-query";
import { type ReactElement, type ReactNode, createContext, createElement, useContext, useEffect, useMemo } from "react";
import type { ChatClient } from "../client.js";
import { ChatFeed } from "./chat-feed.js";

const FeedContext = createContext<ChatFeed | undefined>(undefined);

/** Gives the client to the hooks and feeds the query cache from it. Inside a `QueryClientProvider`. */
export function ChatProvider(props: { client: ChatClient; children?: ReactNode }): ReactElement {
  const { client, children } = props;
  const queries = useQueryClient();
  const feed = useMemo(() => new ChatFeed(client, queries), [client, queries]);
  useEffect(() => feed.open(), [feed]);
  return createElement(FeedContext.Provider, { value: feed }, children);
}

/** The feed of the provider above. */
export function useChatFeed(): ChatFeed {
  const feed = useContext(FeedContext);
  if (!feed) throw new Error("there is no <ChatProvider> above this component");
  return feed;
}

export function useChatClient(): ChatClient {
  return useChatFeed().client;
}
