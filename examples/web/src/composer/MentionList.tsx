import { cx } from "@/lib/cx";
import { Avatar } from "@/ui/Avatar";

/** The suggested names. The focus stays in the text field. */
export function MentionList({ id, userIds, active, onPick }: {
  id: string;
  userIds: readonly string[];
  active: number;
  onPick: (userId: string) => void;
}) {
  return (
    <ul id={id} className="mention-list" role="listbox" aria-label="Members">
      {userIds.map((userId, place) => (
        <li
          key={userId}
          id={`${id}-${place}`}
          role="option"
          aria-selected={place === active}
          className={cx("mention-option", place === active && "active")}
          // On pointer down, before the text field loses the focus.
          onPointerDown={(event) => {
            event.preventDefault();
            onPick(userId);
          }}
        >
          <Avatar userId={userId} size="small" />
          {userId}
        </li>
      ))}
    </ul>
  );
}
