use bytes::Bytes;

use crate::engine::{Inbound, ReceiveError};

/// How many fragments any message may have.
const MIN_MAX_FRAGMENTS: usize = 1024;
/// A message that may have more bytes may have one fragment for each so many of them.
const BYTES_PER_FRAGMENT: usize = 64;

/// A data message under assembly.
pub(super) struct Message {
    /// What has come of a text, unmasked. Of a binary message nothing is kept.
    text: Option<Vec<u8>>,
    /// The sum of the lengths that the headers so far declared.
    declared: usize,
    fragments: usize,
}

impl Message {
    pub(super) const fn text() -> Self {
        Self {
            text: Some(Vec::new()),
            declared: 0,
            fragments: 0,
        }
    }

    pub(super) const fn binary() -> Self {
        Self {
            text: None,
            declared: 0,
            fragments: 0,
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

    /// Where the content goes, unless it goes nowhere.
    pub(super) const fn buffer(&mut self) -> Option<&mut Vec<u8>> {
        self.text.as_mut()
    }

    /// The message, now that its last frame is complete. UTF-8 is checked here and not as the
    /// fragments come: a character may be cut by them, and the message is small.
    pub(super) fn finish(self) -> Result<Inbound, ReceiveError> {
        let Some(text) = self.text else {
            return Ok(Inbound::Binary);
        };
        if std::str::from_utf8(&text).is_err() {
            return Err(ReceiveError::NotUtf8);
        }
        Ok(Inbound::Text(Bytes::from(text)))
    }
}
