use bytes::Bytes;

use crate::engine::{Inbound, ReceiveError};

/// How many fragments any message may have.
const MIN_MAX_FRAGMENTS: usize = 1024;
/// A message that may have more bytes may have one fragment for each so many of them.
const BYTES_PER_FRAGMENT: usize = 64;

/// A data message under assembly.
pub(super) struct Message {
    is_text: bool,
    /// The content so far, unmasked; `None` for a binary message that is not kept.
    content: Option<Vec<u8>>,
    /// The length of the front of a text that is known to be UTF-8. Less than four bytes follow it.
    checked: usize,
    /// The sum of the lengths that the headers so far declared.
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

    /// Counts the next frame. Called before any of its content is looked at, so that what is too
    /// large costs nothing.
    pub(super) fn add_frame(
        &mut self,
        length: usize,
        max_message_bytes: usize,
    ) -> Result<(), ReceiveError> {
        // The sum of the lengths bounds the memory. Empty fragments add nothing to it, so that
        // without the second bound a message could go on for ever.
        let max_fragments = MIN_MAX_FRAGMENTS.max(max_message_bytes / BYTES_PER_FRAGMENT);
        self.declared = self.declared.saturating_add(length);
        self.fragments += 1;
        if self.declared > max_message_bytes || self.fragments > max_fragments {
            return Err(ReceiveError::TooLarge);
        }
        Ok(())
    }

    /// The buffer for the content, unless it is not kept.
    pub(super) const fn buffer(&mut self) -> Option<&mut Vec<u8>> {
        self.content.as_mut()
    }

    /// Checks the UTF-8 of what was added to a text. Refuses what no further byte can make right,
    /// so that a client learns of it before the message ends; a character may still be incomplete.
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

    /// The message, once its last frame is complete.
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
