"use client";

import type { ReactNode } from "react";
import { cx } from "@/lib/cx";
import { Icon, type IconName } from "./Icon";
import { Popover } from "./Popover";

export function Menu({ anchor, label, children, onClose }: {
  anchor: HTMLElement;
  label: string;
  children: ReactNode;
  onClose: () => void;
}) {
  return (
    <Popover anchor={anchor} role="menu" label={label} className="menu" onClose={onClose}>
      {children}
    </Popover>
  );
}

export function MenuItem({ icon, danger, children, onSelect }: {
  icon: IconName;
  danger?: boolean;
  children: ReactNode;
  onSelect: () => void;
}) {
  return (
    <button type="button" role="menuitem" className={cx("menu-item", danger && "danger")} onClick={onSelect}>
      <Icon name={icon} />
      {children}
    </button>
  );
}
