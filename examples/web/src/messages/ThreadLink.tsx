import { shortTime } from "@/lib/time";
import { Icon } from "@/ui/Icon";

export function ThreadLink({ replies, lastReplyAt, onOpen }: {
  replies: number;
  lastReplyAt: string | null;
  onOpen: () => void;
}) {
  return (
    <button type="button" className="thread-link" onClick={onOpen}>
      <Icon name="thread" />
      <strong>
        {replies} {replies === 1 ? "reply" : "replies"}
      </strong>
      {lastReplyAt !== null && <span>last {shortTime(lastReplyAt)}</span>}
    </button>
  );
}
