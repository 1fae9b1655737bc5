import type { ComponentProps } from "react";
import { cx } from "@/lib/cx";
import { Icon, type IconName } from "./Icon";

type Props = Omit<ComponentProps<"button">, "children"> & { icon: IconName; label: string };

/** An icon button, with its label as tooltip and accessible name. */
export function IconButton({ icon, label, className, ...rest }: Props) {
  return (
    <button type="button" className={cx("icon-button", className)} aria-label={label} title={label} {...rest}>
      <Icon name={icon} />
    </button>
  );
}
