import { useQueryClient } from "@tanstack/react-query";
import { type ReactElement, type ReactNode, createContext, createElement, useContext, useEffect, useMemo } from "react";
import type { ChatClient } from "../client.js";
import { ChatFeed } from "./chat-feed.js";

const FeedContext = createContext<ChatFeed | undefined>(undefined);

/** Provides the client to the hooks and updates the query cache. Must be inside a `QueryClientProvider`. */
export function ChatProvider(props: { client: ChatClient; children?: ReactNode }): ReactElement {
  const { client, children } = props;
  const queries = useQueryClient();
  const feed = useMemo(() => new ChatFeed(client, queries), [client, queries]);
  useEffect(() => feed.open(), [feed]);
  return createElement(FeedContext.Provider, { value: feed }, children);
}

/** Returns the feed of the nearest provider. */
export function useChatFeed(): ChatFeed {
  const feed = useContext(FeedContext);
  if (!feed) throw new Error("this component must be inside a <ChatProvider>");
  return feed;
}

export function useChatClient(): ChatClient {
  return useChatFeed().client;
}
