"use client";

import { useChatClient, useConnection } from "chat-core-client/react-query";
import { Dialog } from "@/ui/Dialog";

const SHORTCUTS: readonly (readonly [keys: readonly string[], what: string])[] = [
  [["Ctrl", "K"], "Find a room"],
  [["Alt", "↑ ↓"], "Previous or next room"],
  [["Enter"], "Send"],
  [["Shift", "Enter"], "New line"],
  [["↑"], "In an empty message: edit your last message"],
  [["Esc"], "Close, or return to the message field"],
  [["↑ ↓"], "On a message: previous or next message"],
  [["E"], "On a message: edit"],
  [["R"], "On a message: reply"],
  [["T"], "On a message: open thread"],
  [["+"], "On a message: react"],
  [["Ctrl", "/"], "Show this list"],
];

/** Lists the keyboard shortcuts and the state of the connection. */
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
          <dt>Status</dt>
          <dd data-testid="connection-status">{state.status}</dd>
        </div>
        <div>
          <dt>Unreadable messages</dt>
          <dd data-testid="malformed-frames">{client.malformedFrames}</dd>
        </div>
      </dl>
    </Dialog>
  );
}
