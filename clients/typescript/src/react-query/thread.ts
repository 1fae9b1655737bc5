import type { InfiniteData } from "@tanstack/react-query";
import type { Message } from "../generated/wire.js";
import type { LogChange } from "../room-events.js";
import { applyChange } from "./reducers.js";
import type { MessagesPage } from "./rows.js";

/** A page of replies, with the root. */
export interface ThreadPage extends MessagesPage {
  readonly root: Message;
  readonly readSeq: number;
}

export type ThreadData = InfiniteData<ThreadPage>;

/** Applies a change of the room's log to a thread. */
export function applyThreadChange(data: ThreadData, rootId: string, change: LogChange): ThreadData {
  if (change.kind === "message") {
    const { message } = change;
    if (message.id === rootId) return withRoot(data, message);
    if (message.threadId !== rootId) return data;
  }
  // The reducer keeps the additional fields of the pages.
  return applyChange(data, change) as ThreadData;
}

function withRoot(data: ThreadData, root: Message): ThreadData {
  if (data.pages.every((page) => page.root.rev >= root.rev)) return data;
  return { ...data, pages: data.pages.map((page) => ({ ...page, root: { ...page.root, ...root } })) };
}
