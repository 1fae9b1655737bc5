import { Icon } from "@/ui/Icon";

/** A button to the newest message, with the number of new messages. */
export function JumpToLatest({ count, onJump }: { count: number; onJump: () => void }) {
  return (
    <button type="button" className="jump" onClick={onJump} data-testid="jump">
      <Icon name="arrowDown" />
      {count > 0 ? `${count} new ${count === 1 ? "message" : "messages"}` : "Jump to latest"}
    </button>
  );
}
