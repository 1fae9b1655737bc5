import { cx } from "@/lib/cx";
import { hueOf, initialsOf } from "@/lib/people";

/** A user's initials on a colour. Decorative, as the name is next to it. */
export function Avatar({ userId, online, size = "medium" }: {
  userId: string;
  online?: boolean;
  size?: "tiny" | "small" | "medium" | "large";
}) {
  return (
    <span className={cx("avatar", size, `hue-${hueOf(userId)}`)} aria-hidden="true">
      {initialsOf(userId)}
      {online !== undefined && <span className={cx("presence-dot", online && "online")} />}
    </span>
  );
}
