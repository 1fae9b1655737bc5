import type { Message } from "chat-core-client";
import type { ReactNode } from "react";
import { shortTime } from "@/lib/time";
import { Avatar } from "@/ui/Avatar";

/** A message in a list of results, as a link to its place. */
export function FoundMessage({ message, place, children, onOpen }: {
  message: Message;
  /** The name of its room, if it is another one. */
  place?: string;
  children?: ReactNode;
  onOpen: () => void;
}) {
  return (
    <li className="found-row">
      <button type="button" className="found-message" onClick={onOpen}>
        <Avatar userId={message.senderId ?? "System"} size="small" />
        <span className="found-main">
          <span className="found-head">
            <strong>{message.senderId ?? "System"}</strong>
            {place !== undefined && <span>in {place}</span>}
            <time dateTime={message.createdAt}>{shortTime(message.createdAt)}</time>
          </span>
          <span className="found-text">{message.text}</span>
        </span>
      </button>
      {children}
    </li>
  );
}
