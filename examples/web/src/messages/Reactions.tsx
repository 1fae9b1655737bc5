import type { MessageRow } from "chat-core-client/react-query";
import { cx } from "@/lib/cx";
import { listed } from "@/lib/text";

export function Reactions({ row, self, disabled, tabIndex, onToggle }: {
  row: MessageRow;
  self: string;
  disabled: boolean;
  tabIndex: number;
  onToggle: (emoji: string) => void;
}) {
  const reactions = Object.entries(row.reactions ?? {}).filter(([, users]) => users.length > 0);
  if (reactions.length === 0) return null;
  return (
    <div className="reactions" role="group" aria-label="Reactions">
      {reactions.map(([emoji, users]) => {
        const isOwn = users.includes(self);
        // A message lists only the first users.
        const count = row.reactionCounts?.[emoji] ?? users.length;
        const who = listed(users.map((user) => (user === self ? "you" : user)), 6, count);
        return (
          <button
            key={emoji}
            type="button"
            className={cx("reaction", isOwn && "own")}
            aria-pressed={isOwn}
            aria-label={`${emoji} ${count}, by ${who}`}
            title={who}
            disabled={disabled}
            tabIndex={tabIndex}
            onClick={() => onToggle(emoji)}
          >
            <span aria-hidden="true">{emoji}</span> {count}
          </button>
        );
      })}
    </div>
  );
}
