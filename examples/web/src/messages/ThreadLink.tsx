import type { ThreadSummary } from "chat-core-client";
import { shortTime } from "@/lib/time";
import { Icon } from "@/ui/Icon";

/** A link to a message's thread, with its number of replies. */
export function ThreadLink({ thread, tabIndex, onOpen }: {
  thread: ThreadSummary;
  tabIndex: number;
  onOpen: () => void;
}) {
  return (
    <button type="button" className="thread-link" tabIndex={tabIndex} onClick={onOpen}>
      <Icon name="thread" />
      <strong>
        {thread.replyCount} {thread.replyCount === 1 ? "reply" : "replies"}
      </strong>
      <span>last reply {shortTime(thread.lastReplyAt)}</span>
    </button>
  );
}
