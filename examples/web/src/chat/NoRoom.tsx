import { Logo } from "@/ui/Logo";

export function NoRoom() {
  return (
    <main className="room empty-room">
      <div className="blank">
        <Logo className="blank-logo" />
        <h1>Choose a conversation</h1>
        <p>Select a room on the left, or start a new one.</p>
        <p className="hint">
          Press <kbd>Ctrl</kbd> <kbd>K</kbd> to find a room, or <kbd>Ctrl</kbd> <kbd>/</kbd> to see all shortcuts.
        </p>
      </div>
    </main>
  );
}
