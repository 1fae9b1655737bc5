"use client";

import type { Message, RestSchemas, Role } from "chat-core-client";
import { createContext, useContext } from "react";

/** What the parts of an open room share. */
export interface RoomScope {
  readonly roomId: string;
  readonly info: RestSchemas["Room"] | undefined;
  readonly role: Role | undefined;
  readonly memberIds: readonly string[];
  /** Which message is being edited. */
  readonly editing: string | null;
  /** A message that is loaded. */
  find(messageId: string): Message | undefined;
  edit(messageId: string | null): void;
  reply(message: Message): void;
  openThread(rootId: string): void;
  /** Shows a message where it stands in the history. */
  showMessage(messageId: string): void;
  focusComposer(): void;
}

export const RoomContext = createContext<RoomScope | null>(null);

export function useScope(): RoomScope {
  const scope = useContext(RoomContext);
  if (scope === null) throw new Error("outside of a room");
  return scope;
}
