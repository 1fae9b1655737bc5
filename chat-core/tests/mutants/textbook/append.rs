use std::sync::Arc;

use chat_core::model::{Appended, Message, NewMessage};
use chat_core::{Error, Result, RoomId};

use super::{Bug, Textbook};
use crate::pause;

/// The stored message with the same sender and client message id.
fn first_of<'a>(messages: &'a [Message], new: &NewMessage, bug: Bug) -> Option<&'a Message> {
    let client = new.draft.client_message_id.as_ref()?;
    let joined = |m: &Message| {
        let (sender, client) = (m.sender_id.as_ref()?, m.client_message_id.as_ref()?);
        Some(format!("{sender}:{client}"))
    };
    let key = format!("{}:{client}", new.sender_id.as_ref()?);
    messages.iter().find(|m| match bug {
        Bug::ForgetsClientIds => false,
        Bug::AnySender => m.client_message_id.as_ref() == Some(client),
        Bug::JoinsKeys => joined(m).as_ref() == Some(&key),
        _ => m.client_message_id.as_ref() == Some(client) && m.sender_id == new.sender_id,
    })
}

impl Textbook {
    fn appended(message: &Message, duplicate: bool) -> Result<Appended> {
        Ok(Appended {
            message: Arc::new(message.clone()),
            duplicate,
        })
    }

    /// Appends one entry. Only mutants do it in more than one step.
    pub(super) async fn append_one(
        &self,
        room: &RoomId,
        new: NewMessage,
        before: &[Message],
    ) -> Result<Appended> {
        let bug = self.bug;
        let known = match bug {
            Bug::BlindInBatch => Some(first_of(before, &new, bug).cloned()),
            Bug::LooksUpFirst => {
                let found = self.with(room, |log| first_of(&log.messages, &new, bug).cloned());
                pause().await;
                Some(found)
            }
            Bug::OutlivedDuplicates => {
                let gone = self.known.lock();
                let client = new.draft.client_message_id.as_ref();
                let first = client.and_then(|c| gone.get(c.as_str()).cloned());
                first.map(Some)
            }
            _ => None,
        };
        if bug == Bug::AllocatesFirst || bug == Bug::SharesPositions {
            let seq = self.with(room, |log| {
                if bug == Bug::AllocatesFirst {
                    log.head += 1;
                    log.head
                } else {
                    log.head + 1
                }
            });
            pause().await;
            let stored = self.with(room, |log| {
                log.head = log.head.max(seq);
                log.insert(room, new, seq, bug)
            });
            return Self::appended(&stored, false);
        }
        if bug == Bug::StoresInParts {
            let text = new.draft.text.clone();
            let mut part = new;
            part.draft.text.clear();
            let (stored, known) = self.with(room, |log| {
                match first_of(&log.messages, &part, bug).cloned() {
                    Some(known) => (known, true),
                    None => (log.push(room, part, bug), false),
                }
            });
            if known {
                return Self::appended(&stored, true);
            }
            pause().await;
            return self.with(room, |log| {
                let stored = log.messages.iter_mut().find(|m| m.id == stored.id);
                let stored = stored.ok_or_else(Error::message_not_found)?;
                stored.text = text;
                Self::appended(stored, false)
            });
        }
        self.with(room, |log| {
            let first = first_of(&log.messages, &new, bug).cloned();
            let mut first = known.unwrap_or(first);
            if let (Bug::StaleDuplicates, Some(first)) = (bug, &mut first) {
                first.text.clone_from(&new.draft.text);
            }
            let first = first.or_else(|| log.messages.iter().find(|m| m.id == new.id).cloned());
            if let Some(first) = first {
                return Self::appended(&first, true);
            }
            let stored = log.push(room, new, bug);
            if let Some(client) = &stored.client_message_id {
                self.known.lock().insert(client.to_string(), stored.clone());
            }
            Self::appended(&stored, false)
        })
    }
}
