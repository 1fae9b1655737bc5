import type { MessageRow } from "chat-core-client/react-query";
import { Fragment } from "react";
import { useSelf } from "@/chat/self";
import { cx } from "@/lib/cx";
import { isJumbo, parts } from "@/lib/text";
import { fullTime } from "@/lib/time";
import { Attachments } from "./Attachments";

export function MessageBody({ row }: { row: MessageRow }) {
  const self = useSelf();
  if (row.deletedAt !== undefined) return <p className="message-text deleted">This message was deleted.</p>;
  return (
    <>
      {row.text !== "" && (
        <p className={cx("message-text", isJumbo(row.text) && "jumbo")}>
          {parts(row.text, row.mentions).map((part, place) => {
            // The index is a valid key, as the parts of a text always change together.
            switch (part.kind) {
              case "text":
                return <Fragment key={place}>{part.text}</Fragment>;
              case "code":
                return <code key={place}>{part.text}</code>;
              case "link":
                return (
                  <a key={place} href={part.href} target="_blank" rel="noopener noreferrer">
                    {part.text}
                  </a>
                );
              case "mention":
                return (
                  <span key={place} className={cx("mention-name", part.userId === self && "self")}>
                    {part.text}
                  </span>
                );
            }
          })}
          {row.editedAt !== undefined && (
            <span className="edited" title={fullTime(row.editedAt)}>
              {" "}
              (edited)
            </span>
          )}
        </p>
      )}
      {row.attachments !== undefined && <Attachments attachments={row.attachments} />}
    </>
  );
}
