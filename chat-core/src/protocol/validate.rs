//! Validation beyond types, as pure functions of the input and the limits.

use std::fmt::Display;

use serde_json::Value;

use super::Limits;
use crate::characters::shows;
use crate::model::{Attachment, Draft, Metadata, RoomSettings};
use crate::{Error, ErrorKind, Result};

fn too_large(field: impl Display, rule: impl Display) -> Error {
    Error::new(ErrorKind::TooLarge, format!("`{field}` must {rule}"))
}

fn invalid(field: impl Display, rule: impl Display) -> Error {
    Error::invalid(format!("`{field}` must {rule}"))
}

/// Checks that a draft has a text or attachments and is within the limits.
///
/// # Errors
/// `TOO_LARGE` over a limit, otherwise `INVALID_COMMAND`.
pub fn validate_draft(draft: &Draft, limits: &Limits) -> Result<()> {
    if draft.text.is_empty() && draft.attachments.is_empty() {
        return Err(Error::invalid(
            "a message must have `text` or `attachments`",
        ));
    }
    check_text(&draft.text, limits)?;
    let most = limits.max_mentions;
    if draft.mentions.len() > most {
        let rule = format_args!("name at most {most} users");
        return Err(too_large("mentions", rule));
    }
    let most = limits.max_attachments;
    if draft.attachments.len() > most {
        let rule = format_args!("have at most {most} entries");
        return Err(too_large("attachments", rule));
    }
    for (i, attachment) in draft.attachments.iter().enumerate() {
        validate_attachment(i, attachment, limits)?;
    }
    validate_metadata(&draft.metadata, limits)
}

/// Checks that a message's new text is not empty, not too long and without NUL.
///
/// # Errors
/// `TOO_LARGE` or `INVALID_COMMAND`.
pub fn validate_text(text: &str, limits: &Limits) -> Result<()> {
    if text.is_empty() {
        return Err(invalid("text", "not be empty"));
    }
    check_text(text, limits)
}

fn check_text(text: &str, limits: &Limits) -> Result<()> {
    check_chars("text", text, limits.max_text_chars)?;
    if text.contains('\0') {
        return Err(invalid("text", "not contain NUL"));
    }
    Ok(())
}

/// Checks a length in code points.
fn check_chars(field: &str, text: &str, most: usize) -> Result<()> {
    // A code point takes at least one byte, so most texts need no counting.
    if text.len() > most && text.chars().count() > most {
        let rule = format_args!("have at most {most} characters");
        return Err(too_large(field, rule));
    }
    Ok(())
}

fn validate_attachment(i: usize, attachment: &Attachment, limits: &Limits) -> Result<()> {
    let field = |name: &str| format!("attachments[{i}].{name}");
    let most = limits.max_url_bytes;
    if attachment.url.len() > most {
        let rule = format_args!("have at most {most} bytes");
        return Err(too_large(field("url"), rule));
    }
    let invalid_url = |rule| invalid(field("url"), rule);
    let uri: http::Uri = attachment
        .url
        .parse()
        .map_err(|_| invalid_url("be a valid URL"))?;
    if !matches!(uri.scheme_str(), Some("https" | "http")) || uri.host().is_none_or(str::is_empty) {
        return Err(invalid_url("be an `http` or `https` URL with a host"));
    }
    // `https://bank.example@evil.example` looks like a link to the bank.
    if uri.authority().is_some_and(|a| a.as_str().contains('@')) {
        return Err(invalid_url("not contain a user name or password"));
    }
    let mime = &attachment.mime_type;
    let well_formed = mime.len() <= 127
        && mime
            .split_once('/')
            .is_some_and(|(a, b)| !a.is_empty() && !b.is_empty())
        && mime.bytes().all(|b| b.is_ascii_graphic());
    if !well_formed {
        let rule = "be a media type of at most 127 bytes, such as `image/png`";
        return Err(invalid(field("mimeType"), rule));
    }
    if let Some(name) = &attachment.name {
        if name.len() > 255 {
            return Err(too_large(field("name"), "have at most 255 bytes"));
        }
        check_line(&field("name"), name)?;
    }
    if attachment.size.is_some_and(|s| s >= 1 << 53) {
        return Err(invalid(field("size"), "be below 2^53"));
    }
    Ok(())
}

/// Checks that a line of text has no deceptive characters. Returns `true` if it shows anything.
fn check_line(field: &str, line: &str) -> Result<bool> {
    let rule = "not contain control characters, line breaks or invisible characters";
    shows(line).ok_or_else(|| invalid(field, rule))
}

/// Checks the size and depth of a metadata object.
///
/// # Errors
/// `TOO_LARGE`.
pub fn validate_metadata(metadata: &Metadata, limits: &Limits) -> Result<()> {
    if metadata.is_empty() {
        return Ok(());
    }
    let most = limits.max_metadata_depth;
    if metadata.values().map(depth).max().unwrap_or(0) + 1 > most {
        let rule = format_args!("be nested at most {most} levels deep");
        return Err(too_large("metadata", rule));
    }
    let size = serde_json::to_vec(metadata).map_err(Error::internal)?.len();
    let most = limits.max_metadata_bytes;
    if size > most {
        let rule = format_args!("have at most {most} bytes as JSON");
        return Err(too_large("metadata", rule));
    }
    Ok(())
}

/// Returns the levels of nesting. Recursion is safe: the decoder allows at most 128 levels.
fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(fields) => 1 + fields.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

/// Checks that a reaction is not empty, not too long, and without control characters or white
/// space. [`validate_reaction`] also checks that the reaction is allowed.
///
/// # Errors
/// `TOO_LARGE` or `INVALID_COMMAND`.
pub fn validate_emoji(emoji: &str, limits: &Limits) -> Result<()> {
    let most = limits.max_emoji_bytes;
    if emoji.len() > most {
        let rule = format_args!("have at most {most} bytes");
        return Err(too_large("emoji", rule));
    }
    if emoji.is_empty() {
        return Err(invalid("emoji", "not be empty"));
    }
    if emoji.chars().any(|c| c.is_control() || c.is_whitespace()) {
        let rule = "not contain white space or control characters";
        return Err(invalid("emoji", rule));
    }
    Ok(())
}

/// Checks that a reaction is one emoji or one of the app's names. The emoji must be recommended by
/// Unicode for general interchange, which includes skin tones, flags and joined emoji.
///
/// # Errors
/// `TOO_LARGE` or `INVALID_COMMAND`.
pub fn validate_reaction(emoji: &str, names: &[String], limits: &Limits) -> Result<()> {
    validate_emoji(emoji, limits)?;
    if names.iter().any(|name| name == emoji) {
        return Ok(());
    }
    // `emojis::get` also finds shortcodes, which are not emoji themselves.
    if !emoji.is_ascii() && emojis::get(emoji).is_some() {
        return Ok(());
    }
    let rule = if names.is_empty() {
        "be one emoji"
    } else {
        "be one emoji or one of the names that the app allows"
    };
    Err(invalid("emoji", rule))
}

/// Checks that a room's name is not blank, not too long and without deceptive characters.
///
/// # Errors
/// `TOO_LARGE` or `INVALID_COMMAND`.
pub fn validate_room_name(name: &str, limits: &Limits) -> Result<()> {
    check_chars("name", name, limits.max_room_name_chars)?;
    if check_line("name", name)? {
        return Ok(());
    }
    Err(invalid("name", "not be blank"))
}

/// Checks that the reason of a ban or a report is not too long and without deceptive characters.
///
/// # Errors
/// `TOO_LARGE` or `INVALID_COMMAND`.
pub fn validate_reason(reason: &str, limits: &Limits) -> Result<()> {
    check_chars("reason", reason, limits.max_reason_chars)?;
    check_line("reason", reason).map(drop)
}

/// The maximum slow mode interval in seconds: one day.
pub(crate) const MAX_SLOW_MODE: u32 = 86_400;
/// The maximum retention in seconds: one century.
pub(crate) const MAX_RETENTION: u64 = 36_525 * MAX_SLOW_MODE as u64;
/// The minimum number of messages to retain, so that a useful history remains.
pub(crate) const MIN_RETENTION_MESSAGES: u64 = 1_000;
/// The maximum number of messages to retain, because a store counts through them.
pub(crate) const MAX_RETENTION_MESSAGES: u64 = 10_000_000;

/// Checks that a room's slow mode is at most a day, and its retention between a second and a
/// century and between 1,000 and 10,000,000 messages.
///
/// # Errors
/// `INVALID_COMMAND`.
pub fn validate_settings(settings: &RoomSettings) -> Result<()> {
    if settings.slow_mode_seconds > MAX_SLOW_MODE {
        return Err(invalid("slowModeSeconds", "be at most 86,400"));
    }
    let retention = settings.retention_seconds;
    if retention.is_some_and(|seconds| !(1..=MAX_RETENTION).contains(&seconds)) {
        let rule = "be between 1 and 3,155,760,000, or null";
        return Err(invalid("retentionSeconds", rule));
    }
    let kept = MIN_RETENTION_MESSAGES..=MAX_RETENTION_MESSAGES;
    if settings
        .retention_messages
        .is_some_and(|n| !kept.contains(&n))
    {
        let rule = "be between 1,000 and 10,000,000, or null";
        return Err(invalid("retentionMessages", rule));
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
    fn a_reaction_is_one_emoji_or_a_name_of_the_app() {
        let limits = Limits::default();
        let none = |emoji: &str| validate_reaction(emoji, &[], &limits);
        for emoji in ["👍", "👍🏽", "❤️", "1️⃣", "🇫🇷", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "👩‍👩‍👧‍👦", "👩🏿‍❤️‍💋‍👨🏻"]
        {
            assert!(none(emoji).is_ok(), "{emoji}");
        }
        for bad in [
            "",
            " ",
            "a b",
            "\n",
            "1",
            "x",
            "+1",
            ":+1:",
            "thumbsup",
            "👍👍",
            "👍x",
            "🇫",
            "\u{200d}",
            "\u{fe0f}",
            "👍\u{200d}",
            "🏴󠁡󠁢󠁣",
            "a👍",
        ] {
            let e = none(bad).unwrap_err();
            assert_eq!(e.kind(), ErrorKind::Invalid, "{bad:?}");
            assert!(e.message().starts_with("`emoji` must "), "{e}");
        }
        let long = none(&"👍".repeat(17)).unwrap_err();
        assert_eq!(long.message(), "`emoji` must have at most 64 bytes");

        let names = [":+1:".to_owned(), "party_parrot".to_owned()];
        assert!(validate_reaction("party_parrot", &names, &limits).is_ok());
        assert!(validate_reaction("👍", &names, &limits).is_ok());
        let e = validate_reaction(":-1:", &names, &limits).unwrap_err();
        let rule = "`emoji` must be one emoji or one of the names that the app allows";
        assert_eq!(e.message(), rule);
    }

    #[test]
    fn room_names() {
        let limits = Limits::default();
        let name = |name: &str| validate_room_name(name, &limits);
        for good in ["Général", "می\u{200c}خواهم", "❤\u{fe0f}", "👩‍👩‍👧"] {
            assert!(name(good).is_ok(), "{good:?}");
        }
        for blank in ["", "  ", "\u{2800}"] {
            assert_eq!(
                name(blank).unwrap_err().message(),
                "`name` must not be blank"
            );
        }
        let rule =
            "`name` must not contain control characters, line breaks or invisible characters";
        for bad in ["a\nb", "\u{200b}", "a\u{202e}b", "a\u{2066}b", "\u{ad}"] {
            assert_eq!(name(bad).unwrap_err().message(), rule, "{bad:?}");
        }
    }

    #[test]
    fn reasons_and_settings() {
        let limits = Limits::default();
        assert!(validate_reason("spam, spam and spam", &limits).is_ok());
        for bad in ["a\nb", "a\u{202e}b", "\u{200b}"] {
            assert!(validate_reason(bad, &limits).is_err(), "{bad:?}");
        }
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
