"use client";

import type { Message, RestSchemas, Role } from "chat-core-client";
import { createContext, useContext } from "react";

/** The state that the parts of an open room share. */
export interface RoomScope {
  readonly roomId: string;
  readonly info: RestSchemas["Room"] | undefined;
  readonly role: Role | undefined;
  readonly memberIds: readonly string[];
  /** The id of the message that is being edited. */
  readonly editing: string | null;
  /** Returns a message if it is loaded. */
  find(messageId: string): Message | undefined;
  edit(messageId: string | null): void;
  reply(message: Message): void;
  openThread(rootId: string): void;
  /** Shows a message in its place in the history. */
  showMessage(messageId: string): void;
  focusComposer(): void;
}

export const RoomContext = createContext<RoomScope | null>(null);

export function useScope(): RoomScope {
  const scope = useContext(RoomContext);
  if (scope === null) throw new Error("this component must be inside a room");
  return scope;
}
