"use client";

import { useChatClient, useConnection } from "chat-core-client/react-query";
import { Dialog } from "@/ui/Dialog";

const SHORTCUTS: readonly (readonly [keys: readonly string[], what: string])[] = [
  [["Ctrl", "K"], "Find a room"],
  [["Alt", "↑ ↓"], "Previous, next room"],
  [["Enter"], "Send"],
  [["Shift", "Enter"], "New line"],
  [["↑"], "In an empty message: edit your last one"],
  [["Esc"], "Close what is open, or go back to writing"],
  [["↑ ↓"], "On a message: the one before, after"],
  [["E"], "On a message: edit it"],
  [["R"], "On a message: reply"],
  [["T"], "On a message: open its thread"],
  [["+"], "On a message: react"],
  [["Ctrl", "/"], "This list"],
];

/** What the keyboard does, and how the connection is. */
export function ShortcutsDialog({ onClose }: { onClose: () => void }) {
  const { state } = useConnection();
  const client = useChatClient();

  return (
    <Dialog title="Keyboard shortcuts" onClose={onClose}>
      <dl className="shortcuts">
        {SHORTCUTS.map(([keys, what]) => (
          <div key={what}>
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <h3>Connection</h3>
      <dl className="facts">
        <div>
          <dt>State</dt>
          <dd data-testid="connection-status">{state.status}</dd>
        </div>
        <div>
          <dt>Unreadable frames</dt>
          <dd data-testid="malformed-frames">{client.malformedFrames}</dd>
        </div>
      </dl>
    </Dialog>
  );
}
