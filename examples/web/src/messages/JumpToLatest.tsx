import { Icon } from "@/ui/Icon";

/** The way back to the newest message, and how many one has missed. */
export function JumpToLatest({ count, onJump }: { count: number; onJump: () => void }) {
  return (
    <button type="button" className="jump" onClick={onJump} data-testid="jump">
      <Icon name="arrowDown" />
      {count > 0 ? `${count} new ${count === 1 ? "message" : "messages"}` : "To the latest"}
    </button>
  );
}
