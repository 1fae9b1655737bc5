"use client";

import { type ReactNode, useId } from "react";
import { IconButton } from "@/ui/IconButton";

export function Panel({ title, about, children, onClose }: {
  title: string;
  about?: ReactNode;
  children: ReactNode;
  onClose: () => void;
}) {
  const heading = useId();
  return (
    <aside
      className="panel"
      aria-labelledby={heading}
      onKeyDown={(event) => {
        if (event.key === "Escape" && !event.defaultPrevented) onClose();
      }}
    >
      <header className="panel-head">
        <div>
          <h2 id={heading}>{title}</h2>
          {about !== undefined && <p>{about}</p>}
        </div>
        <IconButton icon="close" label={`Close ${title.toLowerCase()}`} onClick={onClose} />
      </header>
      {children}
    </aside>
  );
}
