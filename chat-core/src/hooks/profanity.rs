use std::borrow::Cow;

use async_trait::async_trait;
use rustrict::{Censor, CensorStr, Type};

use crate::Result;
use crate::backend::{Hooks, SendContext, Verdict};
use crate::model::Draft;

/// The maximum length of a text that is filtered inline. The filter processes about 3 MB/s, so
/// longer texts would block the thread for milliseconds. They go to a blocking thread.
const INLINE_BYTES: usize = 1024;

/// A hook that censors or rejects profane, offensive, sexual and severely mean words in messages
/// and edits. It detects evasion by spacing, repeated and look-alike characters.
///
/// The words, mostly English, are those of the crate `rustrict`. A text without such words stays
/// unchanged, byte for byte. Words around a censored word keep their accents. If the censored word
/// was spread over several words, the whole text loses its accents.
///
/// ```
/// use chat_core::backend::Verdict;
/// use chat_core::hooks::ProfanityFilter;
/// use chat_core::model::Draft;
///
/// let filter = ProfanityFilter::censor();
/// assert_eq!(filter.judge(&Draft::text("hello")), Verdict::Allow);
/// assert_eq!(filter.judge(&Draft::text("oh crap")), Verdict::Rewrite(Draft::text("oh c***")));
///
/// let filter = ProfanityFilter::reject().with_reason("mind your tongue");
/// let verdict = filter.judge(&Draft::text("oh crap"));
/// assert_eq!(verdict, Verdict::Reject("mind your tongue".into()));
/// ```
#[derive(Debug, Clone)]
pub struct ProfanityFilter {
    /// The reason for rejection, or `None` to censor.
    reject: Option<Cow<'static, str>>,
}

impl ProfanityFilter {
    /// Creates a filter that replaces all letters but the first of a matching word by asterisks.
    #[must_use]
    pub const fn censor() -> Self {
        Self { reject: None }
    }

    /// Creates a filter that rejects messages with matching words.
    #[must_use]
    pub const fn reject() -> Self {
        Self {
            reject: Some(Cow::Borrowed("the message contains inappropriate language")),
        }
    }

    /// Rejects messages and gives the sender this reason.
    #[must_use]
    pub fn with_reason(mut self, reason: impl Into<Cow<'static, str>>) -> Self {
        self.reject = Some(reason.into());
        self
    }

    /// Returns the filter's verdict on a draft.
    #[must_use]
    pub fn judge(&self, draft: &Draft) -> Verdict {
        if !is_inappropriate(&draft.text) {
            return Verdict::Allow;
        }
        if let Some(reason) = &self.reject {
            return Verdict::Reject(reason.clone().into_owned());
        }
        let text = censored(&draft.text);
        if text == draft.text {
            return Verdict::Allow;
        }
        Verdict::Rewrite(Draft {
            text,
            ..draft.clone()
        })
    }
}

fn is_inappropriate(text: &str) -> bool {
    // Asterisks alone must not match: they also mark bold text.
    Censor::from_str(text)
        .with_ignore_self_censoring(true)
        .analyze()
        .is(Type::INAPPROPRIATE)
}

/// Censors a text. Censoring strips the accents of its whole input, so this censors word by word,
/// and the whole text only if that is not enough.
fn censored(text: &str) -> String {
    let (mut by_word, mut kept) = (String::new(), String::new());
    for word in text.split_inclusive(char::is_whitespace) {
        if is_inappropriate(word) {
            by_word.push_str(&word.censor());
            // The analysis would take asterisks for letters.
            kept.push(' ');
        } else {
            by_word.push_str(word);
            kept.push_str(word);
        }
    }
    if is_inappropriate(&kept) {
        return text.censor();
    }
    by_word
}

#[async_trait]
impl Hooks for ProfanityFilter {
    async fn before_send(&self, _: SendContext<'_>, draft: &Draft) -> Result<Verdict> {
        if draft.text.len() <= INLINE_BYTES {
            return Ok(self.judge(draft));
        }
        let (filter, draft) = (self.clone(), draft.clone());
        tokio::task::spawn_blocking(move || filter.judge(&draft))
            .await
            .map_err(|e| crate::Error::internal(e).during("filter profanity"))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use super::*;
    use crate::model::{NewRoom, Role, RoomKind};
    use crate::{ClientMessageId, RoomId, Timestamp, UserId};

    fn censored(text: &str) -> String {
        match ProfanityFilter::censor().judge(&Draft::text(text)) {
            Verdict::Allow => text.to_owned(),
            Verdict::Rewrite(draft) => draft.text,
            Verdict::Reject(reason) => panic!("{reason}"),
        }
    }

    #[test]
    fn clean_text_is_left_as_it_is() {
        for text in [
            "",
            "hello",
            "Ça va, naïve Zoë? 👍🏽",
            "**bold** and ****",
            "push it to Scunthorpe",
            "مرحبا بالجميع",
            "नमस्ते दुनिया",
            "a\r\n\tb  c",
        ] {
            assert_eq!(censored(text), text);
        }
    }

    #[test]
    fn words_are_censored_and_their_neighbours_are_not_harmed() {
        assert_eq!(censored("oh crap"), "oh c***");
        assert_eq!(censored("Zoë:\n\tcrap,  naïve"), "Zoë:\n\tc***,  naïve");
        for evasive in ["c r a p", "cr\u{e4}p", "craaaap", "CRAP"] {
            let text = censored(evasive);
            assert!(text.contains("**"), "{evasive:?} became {text:?}");
        }
    }

    #[test]
    fn only_the_text_is_rewritten() {
        let draft = Draft {
            client_message_id: Some(ClientMessageId::new("c-1").unwrap()),
            mentions: vec![UserId::new("bob").unwrap()],
            ..Draft::text("crap")
        };
        let expected = Draft {
            text: "c***".to_owned(),
            ..draft.clone()
        };
        let verdict = ProfanityFilter::censor().judge(&draft);
        assert_eq!(verdict, Verdict::Rewrite(expected));
    }

    #[tokio::test]
    async fn messages_are_rejected_with_the_reason_however_long_they_are() {
        let at = Timestamp::from_millis(0);
        let room = NewRoom::new(RoomId::new("r").unwrap(), RoomKind::Public, at);
        let room = crate::model::Room {
            id: room.id,
            kind: room.kind,
            name: None,
            owner_id: None,
            creation_key: None,
            created_at: at,
            member_count: 0,
            metadata: room.metadata,
            settings: room.settings,
        };
        let alice = UserId::new("alice").unwrap();
        let filter = ProfanityFilter::reject().with_reason("no");
        for padding in [0, INLINE_BYTES] {
            let padding = "so ".repeat(padding);
            for (word, verdict) in [
                ("crap", Verdict::Reject("no".to_owned())),
                ("kind", Verdict::Allow),
            ] {
                let context = SendContext::new(&room, &alice, Role::Member);
                let draft = Draft::text(format!("{padding}{word}"));
                assert_eq!(filter.before_send(context, &draft).await.unwrap(), verdict);
            }
        }
    }
}
