use bytes::Bytes;

use crate::engine::{Inbound, ReceiveError};

const MIN_MAX_FRAGMENTS: usize = 1024;
/// A message may also have one fragment per this many bytes of the limit.
const BYTES_PER_FRAGMENT: usize = 64;

/// A data message under assembly.
pub(super) struct Message {
    is_text: bool,
    /// The unmasked content so far, or `None` for a binary message that is not kept.
    content: Option<Vec<u8>>,
    /// The length of the prefix of a text that is valid UTF-8. At most three bytes follow it.
    checked: usize,
    /// The sum of the payload lengths declared so far.
    declared: usize,
    fragments: usize,
}

impl Message {
    pub(super) const fn text() -> Self {
        Self {
            is_text: true,
            content: Some(Vec::new()),
            checked: 0,
            declared: 0,
            fragments: 0,
        }
    }

    pub(super) fn binary(keep: bool) -> Self {
        Self {
            is_text: false,
            content: keep.then(Vec::new),
            ..Self::text()
        }
    }

    /// Counts the next frame. Called before its content is read, so that too large a message costs
    /// nothing.
    pub(super) fn add_frame(
        &mut self,
        length: usize,
        max_message_bytes: usize,
    ) -> Result<(), ReceiveError> {
        // The sum of the lengths bounds the memory. Empty fragments do not add to it, so their
        // number needs a bound, too.
        let max_fragments = MIN_MAX_FRAGMENTS.max(max_message_bytes / BYTES_PER_FRAGMENT);
        self.declared = self.declared.saturating_add(length);
        self.fragments += 1;
        if self.declared > max_message_bytes || self.fragments > max_fragments {
            return Err(ReceiveError::TooLarge);
        }
        Ok(())
    }

    /// Returns the buffer for the content, or `None` if the content is not kept.
    pub(super) const fn buffer(&mut self) -> Option<&mut Vec<u8>> {
        self.content.as_mut()
    }

    /// Validates the UTF-8 added to a text. The last character may be incomplete. Invalid bytes are
    /// rejected at once, before the end of the message.
    pub(super) fn check(&mut self) -> Result<(), ReceiveError> {
        let Some(text) = self.content.as_ref().filter(|_| self.is_text) else {
            return Ok(());
        };
        match std::str::from_utf8(&text[self.checked..]) {
            Ok(_) => self.checked = text.len(),
            Err(error) if error.error_len().is_none() => self.checked += error.valid_up_to(),
            Err(_) => return Err(ReceiveError::NotUtf8),
        }
        Ok(())
    }

    /// Returns the message after its last frame.
    pub(super) fn finish(self) -> Result<Inbound, ReceiveError> {
        let content = Bytes::from(self.content.unwrap_or_default());
        if !self.is_text {
            return Ok(Inbound::Binary(content));
        }
        if self.checked < content.len() {
            return Err(ReceiveError::NotUtf8);
        }
        Ok(Inbound::Text(content))
    }
}
