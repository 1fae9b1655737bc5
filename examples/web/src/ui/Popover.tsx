"use client";

import { type KeyboardEvent, type ReactNode, useEffect, useLayoutEffect, useRef } from "react";
import { createPortal } from "react-dom";
import { cx } from "@/lib/cx";
import { rove } from "./rove";

const MARGIN = 8;

interface Props {
  /** The element to open next to. */
  anchor: HTMLElement;
  role: "menu" | "dialog";
  label: string;
  className?: string;
  /** The number of columns of its items, for the arrow keys. */
  columns?: number;
  children: ReactNode;
  onClose: () => void;
}

/** A small layer next to a button. It closes when the user clicks or focuses something else. */
export function Popover({ anchor, role, label, className, columns = 1, children, onClose }: Props) {
  const popover = useRef<HTMLDivElement>(null);
  const close = useRef(onClose);
  close.current = onClose;

  useLayoutEffect(() => {
    const element = popover.current;
    if (element === null) return;
    const at = anchor.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = element;
    const below = at.bottom + 4 + height <= window.innerHeight - MARGIN;
    const top = below ? at.bottom + 4 : Math.max(MARGIN, at.top - 4 - height);
    const left = Math.min(Math.max(MARGIN, at.right - width), window.innerWidth - width - MARGIN);
    element.style.top = `${top}px`;
    element.style.left = `${left}px`;
    element.querySelector<HTMLElement>("[data-autofocus], button, input")?.focus({ preventScroll: true });
  }, [anchor]);

  useEffect(() => {
    const away = (event: Event) => {
      const target = event.target as Node;
      if (!popover.current?.contains(target) && !anchor.contains(target)) close.current();
    };
    document.addEventListener("pointerdown", away, true);
    document.addEventListener("focusin", away);
    window.addEventListener("resize", away);
    return () => {
      document.removeEventListener("pointerdown", away, true);
      document.removeEventListener("focusin", away);
      window.removeEventListener("resize", away);
    };
  }, [anchor]);

  function onKeyDown(event: KeyboardEvent) {
    if (event.key === "Escape" || event.key === "Tab") {
      event.preventDefault();
      event.stopPropagation();
      onClose();
      anchor.focus();
      return;
    }
    rove(event, "button:not(:disabled)", columns);
  }

  // A modal dialog makes everything outside it inert, so its popovers must be inside.
  const home = anchor.closest("dialog") ?? document.body;
  return createPortal(
    <div ref={popover} role={role} aria-label={label} className={cx("popover", className)} onKeyDown={onKeyDown}>
      {children}
    </div>,
    home,
  );
}
