import { Logo } from "@/ui/Logo";

export function NoRoom() {
  return (
    <main className="room empty-room">
      <div className="blank">
        <Logo className="blank-logo" />
        <h1>Pick up a conversation</h1>
        <p>Choose a room on the left, or start a new one.</p>
        <p className="hint">
          <kbd>Ctrl</kbd> <kbd>K</kbd> finds a room, <kbd>Ctrl</kbd> <kbd>/</kbd> shows all shortcuts.
        </p>
      </div>
    </main>
  );
}
