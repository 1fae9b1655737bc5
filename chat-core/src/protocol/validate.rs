//! The rules beyond types: pure functions of the input and the limits.

use serde_json::Value;

use super::Limits;
use crate::model::{Attachment, Draft, Metadata, RoomSettings};
use crate::{Error, ErrorKind, Result};

fn too_large(what: &'static str) -> Error {
    Error::new(ErrorKind::TooLarge, what)
}

/// Checks a draft: a text or attachments, everything within the limits, no user named twice.
///
/// # Errors
/// `TOO_LARGE` over a limit, else `INVALID_COMMAND`.
pub fn validate_draft(draft: &Draft, limits: &Limits) -> Result<()> {
    if draft.text.is_empty() && draft.attachments.is_empty() {
        return Err(Error::invalid("a message has a text or attachments"));
    }
    check_text(&draft.text, limits)?;
    if draft.mentions.len() > limits.max_mentions {
        return Err(too_large("too many mentions"));
    }
    if draft.attachments.len() > limits.max_attachments {
        return Err(too_large("too many attachments"));
    }
    for attachment in &draft.attachments {
        validate_attachment(attachment, limits)?;
    }
    validate_metadata(&draft.metadata, limits)
}

/// Checks the new text of a message: not empty, not too long, no NUL.
///
/// # Errors
/// `TOO_LARGE` or `INVALID_COMMAND`.
pub fn validate_text(text: &str, limits: &Limits) -> Result<()> {
    if text.is_empty() {
        return Err(Error::invalid("a text is not empty"));
    }
    check_text(text, limits)
}

fn check_text(text: &str, limits: &Limits) -> Result<()> {
    // A code point has at most four bytes: most texts need no counting.
    if text.len() > limits.max_text_chars && text.chars().count() > limits.max_text_chars {
        return Err(too_large("the text is too long"));
    }
    if text.contains('\0') {
        return Err(Error::invalid("a text holds no NUL"));
    }
    Ok(())
}

fn validate_attachment(attachment: &Attachment, limits: &Limits) -> Result<()> {
    if attachment.url.len() > limits.max_url_bytes {
        return Err(too_large("an attachment's URL is too long"));
    }
    let uri: http::Uri = attachment
        .url
        .parse()
        .map_err(|_| Error::invalid("an attachment's URL is none"))?;
    if !matches!(uri.scheme_str(), Some("https" | "http")) || uri.host().is_none_or(str::is_empty) {
        return Err(Error::invalid("an attachment's URL is http or https"));
    }
    let mime = &attachment.mime_type;
    let well_formed = mime.len() <= 127
        && mime
            .split_once('/')
            .is_some_and(|(a, b)| !a.is_empty() && !b.is_empty())
        && mime.bytes().all(|b| b.is_ascii_graphic());
    if !well_formed {
        return Err(Error::invalid("an attachment's media type is none"));
    }
    if let Some(name) = &attachment.name {
        if name.len() > 255 {
            return Err(too_large("an attachment's name is too long"));
        }
        if name.chars().any(char::is_control) {
            return Err(Error::invalid(
                "an attachment's name holds no control characters",
            ));
        }
    }
    if attachment.size.is_some_and(|s| s >= 1 << 53) {
        return Err(Error::invalid("an attachment's size is below 2^53"));
    }
    Ok(())
}

/// Checks a metadata object: its size as JSON, and its depth.
///
/// # Errors
/// `TOO_LARGE`.
pub fn validate_metadata(metadata: &Metadata, limits: &Limits) -> Result<()> {
    if metadata.is_empty() {
        return Ok(());
    }
    if metadata.values().map(depth).max().unwrap_or(0) + 1 > limits.max_metadata_depth {
        return Err(too_large("the metadata is nested too deeply"));
    }
    let size = serde_json::to_vec(metadata).map_err(Error::internal)?.len();
    if size > limits.max_metadata_bytes {
        return Err(too_large("the metadata is too large"));
    }
    Ok(())
}

/// Levels of nesting; bounded by the decoder's own limit of 128, so recursion is safe.
fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(fields) => 1 + fields.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

/// Checks a reaction: 1 to 64 bytes, no control characters, no white space.
///
/// # Errors
/// `TOO_LARGE` or `INVALID_COMMAND`.
pub fn validate_emoji(emoji: &str, limits: &Limits) -> Result<()> {
    if emoji.len() > limits.max_emoji_bytes {
        return Err(too_large("the emoji is too long"));
    }
    if emoji.is_empty() || emoji.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(Error::invalid("not an emoji"));
    }
    Ok(())
}

/// Checks a room's name: 1 to 200 code points, not only white space, no control characters.
///
/// # Errors
/// `TOO_LARGE` or `INVALID_COMMAND`.
pub fn validate_room_name(name: &str, limits: &Limits) -> Result<()> {
    if name.chars().count() > limits.max_room_name_chars {
        return Err(too_large("the name is too long"));
    }
    if name.trim().is_empty() || name.chars().any(char::is_control) {
        return Err(Error::invalid(
            "a name is not empty and holds no control characters",
        ));
    }
    Ok(())
}

/// Checks the reason of a ban: at most 500 code points, no control characters.
///
/// # Errors
/// `TOO_LARGE` or `INVALID_COMMAND`.
pub fn validate_reason(reason: &str, limits: &Limits) -> Result<()> {
    if reason.chars().count() > limits.max_reason_chars {
        return Err(too_large("the reason is too long"));
    }
    if reason.chars().any(char::is_control) {
        return Err(Error::invalid("a reason holds no control characters"));
    }
    Ok(())
}

/// A day, in seconds.
pub(crate) const MAX_SLOW_MODE: u32 = 86_400;
/// A century, in seconds.
pub(crate) const MAX_RETENTION: u64 = 36_525 * MAX_SLOW_MODE as u64;
/// Fewer than this many messages are no history.
pub(crate) const MIN_RETENTION_MESSAGES: u64 = 1_000;
/// The store counts them off.
pub(crate) const MAX_RETENTION_MESSAGES: u64 = 10_000_000;

/// Checks a room's settings: slow mode of at most a day, retention of a second to a century, and of a
/// thousand to ten million messages.
///
/// # Errors
/// `INVALID_COMMAND`.
pub fn validate_settings(settings: &RoomSettings) -> Result<()> {
    if settings.slow_mode_seconds > MAX_SLOW_MODE {
        return Err(Error::invalid("slow mode is at most a day"));
    }
    let retention = settings.retention_seconds;
    if retention.is_some_and(|seconds| !(1..=MAX_RETENTION).contains(&seconds)) {
        return Err(Error::invalid("a retention is a second to a century"));
    }
    let kept = MIN_RETENTION_MESSAGES..=MAX_RETENTION_MESSAGES;
    if settings
        .retention_messages
        .is_some_and(|n| !kept.contains(&n))
    {
        return Err(Error::invalid(
            "a thousand to ten million messages are kept, or all",
        ));
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use serde_json::json;

    fn attachment(url: &str) -> Attachment {
        Attachment {
            url: url.to_owned(),
            mime_type: "image/png".to_owned(),
            name: None,
            size: None,
        }
    }

    fn kind(draft: &Draft) -> Option<ErrorKind> {
        validate_draft(draft, &Limits::default())
            .err()
            .map(|e| e.kind())
    }

    #[test]
    fn texts() {
        assert_eq!(kind(&Draft::text("")), Some(ErrorKind::Invalid));
        assert_eq!(kind(&Draft::text("a\0b")), Some(ErrorKind::Invalid));
        assert_eq!(kind(&Draft::text("🦀".repeat(4_000))), None);
        assert_eq!(
            kind(&Draft::text("🦀".repeat(4_001))),
            Some(ErrorKind::TooLarge)
        );
        let only_a_file = Draft {
            attachments: vec![attachment("https://example.org/a.png")],
            ..Draft::default()
        };
        assert_eq!(kind(&only_a_file), None);
    }

    #[test]
    fn attachments() {
        for url in [
            "javascript:alert(1)",
            "data:x",
            "https://",
            "/a",
            "",
            "a b",
            "ftp://h/a",
        ] {
            let draft = Draft {
                attachments: vec![attachment(url)],
                ..Draft::text("x")
            };
            assert_eq!(kind(&draft), Some(ErrorKind::Invalid), "{url:?}");
        }
    }

    #[test]
    fn metadata_depth_and_size() {
        let limits = Limits::default();
        let mut nested = json!(1);
        for _ in 0..7 {
            nested = json!([nested]);
        }
        let ok = Metadata::from_iter([("a".to_owned(), nested.clone())]);
        assert!(validate_metadata(&ok, &limits).is_ok());
        let deep = Metadata::from_iter([("a".to_owned(), json!([nested]))]);
        assert!(validate_metadata(&deep, &limits).is_err());
        let large = Metadata::from_iter([("a".to_owned(), json!("x".repeat(5_000)))]);
        assert!(validate_metadata(&large, &limits).is_err());
    }

    #[test]
    fn emoji_and_names() {
        let limits = Limits::default();
        assert!(validate_emoji("👩‍👩‍👧‍👦", &limits).is_ok());
        assert!(validate_emoji(":+1:", &limits).is_ok());
        for bad in ["", " ", "a b", "\n"] {
            assert!(validate_emoji(bad, &limits).is_err(), "{bad:?}");
        }
        assert!(validate_room_name("Général", &limits).is_ok());
        for bad in ["", "  ", "a\nb"] {
            assert!(validate_room_name(bad, &limits).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn reasons_and_settings() {
        let limits = Limits::default();
        assert!(validate_reason("spam, spam and spam", &limits).is_ok());
        assert!(validate_reason("a\nb", &limits).is_err());
        assert!(validate_reason(&"a".repeat(501), &limits).is_err());
        let settings = |slow_mode_seconds, retention_seconds| RoomSettings {
            slow_mode_seconds,
            retention_seconds,
            ..RoomSettings::default()
        };
        for (slow, retention, ok) in [
            (0, None, true),
            (86_400, Some(1), true),
            (86_401, None, false),
            (0, Some(0), false),
            (0, Some(u64::MAX), false),
        ] {
            assert_eq!(validate_settings(&settings(slow, retention)).is_ok(), ok);
        }
        for (kept, ok) in [
            (999, false),
            (1_000, true),
            (10_000_000, true),
            (10_000_001, false),
        ] {
            let settings = RoomSettings {
                retention_messages: Some(kept),
                ..RoomSettings::default()
            };
            assert_eq!(validate_settings(&settings).is_ok(), ok, "{kept}");
        }
    }
}
