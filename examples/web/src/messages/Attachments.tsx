import type { Attachment } from "chat-core-client";

const UNITS = ["bytes", "KB", "MB", "GB"];

/** Links to attached files. They are never loaded, as their hosts are not trusted. */
export function Attachments({ attachments }: { attachments: readonly Attachment[] }) {
  return (
    <ul className="attachments">
      {attachments.map((each) => (
        <li key={each.url}>
          <a href={each.url} target="_blank" rel="noopener noreferrer">
            📎 {each.name ?? each.url}
            {each.size !== undefined && <small> {sized(each.size)}</small>}
          </a>
        </li>
      ))}
    </ul>
  );
}

function sized(bytes: number): string {
  let size = bytes;
  let unit = 0;
  while (size >= 1000 && unit < UNITS.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? size : size.toFixed(1)} ${UNITS[unit]}`;
}
