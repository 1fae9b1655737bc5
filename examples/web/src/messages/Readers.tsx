import { Avatar } from "@/ui/Avatar";

const MOST_SHOWN = 4;

export function Readers({ userIds, label }: { userIds: readonly string[]; label: string }) {
  return (
    <div className="readers" role="img" aria-label={label} title={label} data-testid="readers">
      {userIds.slice(0, MOST_SHOWN).map((userId) => (
        <Avatar key={userId} userId={userId} size="tiny" />
      ))}
      {userIds.length > MOST_SHOWN && <span className="readers-more">+{userIds.length - MOST_SHOWN}</span>}
    </div>
  );
}
