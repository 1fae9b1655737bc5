import { IconButton } from "@/ui/IconButton";

/** The most common actions on a message, shown on hover and focus. */
export function MessageToolbar({ tabIndex, canReact, canThread, onReact, onReply, onThread, onMore }: {
  tabIndex: number;
  canReact: boolean;
  canThread: boolean;
  onReact: (anchor: HTMLElement) => void;
  onReply: () => void;
  onThread: () => void;
  onMore: (anchor: HTMLElement) => void;
}) {
  return (
    <div className="toolbar" role="group" aria-label="Message actions">
      {canReact && (
        <IconButton tabIndex={tabIndex} icon="smile" label="React" onClick={(event) => onReact(event.currentTarget)} />
      )}
      <IconButton tabIndex={tabIndex} icon="reply" label="Reply" onClick={onReply} />
      {canThread && <IconButton tabIndex={tabIndex} icon="thread" label="Open thread" onClick={onThread} />}
      <IconButton
        tabIndex={tabIndex}
        icon="more"
        label="More actions"
        aria-haspopup="menu"
        onClick={(event) => onMore(event.currentTarget)}
      />
    </div>
  );
}
