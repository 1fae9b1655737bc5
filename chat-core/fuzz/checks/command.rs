//! Invariants of every frame a client may send.

use chat_core::ErrorKind;
use chat_core::protocol::{
    Command, Limits, decode_command, validate_draft, validate_emoji, validate_text,
};

/// Panics if the decoder breaks a rule.
pub(crate) fn check(frame: &[u8]) {
    let limits = Limits::default();
    match decode_command(frame, &limits) {
        Ok(command) => {
            let reference = command.reference().unwrap_or_default();
            assert!(reference.len() <= limits.max_ref_bytes);
            assert!(Command::TYPES.contains(&command.type_name()));
            unknown_fields_are_refused(frame, &limits);
            rules_beyond_types(command, &limits);
        }
        Err(error) => {
            assert_eq!(error.error.kind(), ErrorKind::Invalid);
            assert!(
                error.error.message().len() < 1_000,
                "the error repeats the input"
            );
            let reference = error.reference.unwrap_or_default();
            assert!(reference.len() <= limits.max_ref_bytes);
        }
    }
}

fn unknown_fields_are_refused(frame: &[u8], limits: &Limits) {
    let mut json: serde_json::Value =
        serde_json::from_slice(frame).expect("a command is a JSON object");
    json["unknownField"] = true.into();
    let frame = json.to_string();
    assert!(decode_command(frame.as_bytes(), limits).is_err(), "{frame}");
}

fn rules_beyond_types(command: Command, limits: &Limits) {
    match command {
        Command::SendMessage(send) => {
            let (_, draft) = send.into_draft();
            if validate_draft(&draft, limits).is_ok() {
                assert!(draft.text.chars().count() <= limits.max_text_chars);
                assert!(!draft.text.is_empty() || !draft.attachments.is_empty());
            }
        }
        Command::EditMessage(edit) if validate_text(&edit.text, limits).is_ok() => {
            assert!(edit.text.chars().count() <= limits.max_text_chars);
        }
        Command::AddReaction(reaction) | Command::RemoveReaction(reaction)
            if validate_emoji(&reaction.emoji, limits).is_ok() =>
        {
            assert!(!reaction.emoji.is_empty());
        }
        Command::JoinRoom(join) => {
            assert_eq!(join.after.is_some(), join.epoch.is_some());
            assert!(join.after.unwrap_or_default() < 1 << 53);
        }
        Command::MarkRead(read) => assert!(read.seq < 1 << 53),
        _ => {}
    }
}
