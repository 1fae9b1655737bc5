"use client";

import { Popover } from "@/ui/Popover";

const COLUMNS = 8;

/** Common reactions, with names for screen readers. */
const EMOJIS: readonly (readonly [emoji: string, name: string])[] = [
  ["👍", "thumbs up"], ["❤️", "heart"], ["😂", "laughing"], ["🎉", "party"],
  ["😮", "surprised"], ["😢", "sad"], ["🙏", "thank you"], ["🔥", "fire"],
  ["👎", "thumbs down"], ["👏", "clapping"], ["🙌", "hooray"], ["💪", "strong"],
  ["👀", "looking"], ["✅", "done"], ["❌", "no"], ["💯", "hundred"],
  ["😀", "smiling"], ["😍", "in love"], ["🤔", "thinking"], ["😅", "relieved"],
  ["😭", "crying"], ["😡", "angry"], ["🤯", "mind blown"], ["🥳", "celebrating"],
  ["🚀", "rocket"], ["💡", "idea"], ["🐛", "bug"], ["☕", "coffee"],
  ["🍰", "cake"], ["🌟", "star"], ["🤝", "handshake"], ["👋", "waving"],
];

export function EmojiPicker({ anchor, onPick, onClose }: {
  anchor: HTMLElement;
  onPick: (emoji: string) => void;
  onClose: () => void;
}) {
  return (
    <Popover anchor={anchor} role="dialog" label="Pick an emoji" className="emoji-picker" columns={COLUMNS} onClose={onClose}>
      {EMOJIS.map(([emoji, name]) => (
        <button key={emoji} type="button" className="emoji" aria-label={name} title={name} onClick={() => onPick(emoji)}>
          {emoji}
        </button>
      ))}
    </Popover>
  );
}
