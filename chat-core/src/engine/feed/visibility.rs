//! Visibility: filters messages of blocked users, hidden messages, and others' shadowed messages.

use std::sync::Arc;

use crate::UserId;
use crate::model::{Changes, HistoryPage, Message};

/// A user's visibility filter in a room.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct VisibilityFilter {
    /// The blocked users, ascending.
    pub(crate) blocked: Vec<UserId>,
    /// The `seq` of each hidden message, ascending.
    hidden: Vec<u64>,
}

impl VisibilityFilter {
    /// Creates a filter of blocked users and the `seq` of hidden messages, both ascending. Returns
    /// `None` if nothing is hidden.
    pub(crate) fn new(blocked: Vec<UserId>, hidden: Vec<u64>) -> Option<Arc<Self>> {
        let is_empty = blocked.is_empty() && hidden.is_empty();
        (!is_empty).then(|| Arc::new(Self { blocked, hidden }))
    }

    pub(crate) fn has_blocked(&self, user: &UserId) -> bool {
        self.blocked.binary_search(user).is_ok()
    }

    fn hide(&self, sender: Option<&UserId>, seq: u64) -> bool {
        self.hidden.binary_search(&seq).is_ok() || sender.is_some_and(|s| self.has_blocked(s))
    }
}

/// Returns `true` if a user sees a message. History and live events share this rule.
pub(crate) fn is_seen(
    by: &UserId,
    filter: Option<&VisibilityFilter>,
    sender: Option<&UserId>,
    seq: u64,
    shadowed: bool,
) -> bool {
    let others = sender.filter(|s| *s != by);
    let is_own = sender.is_some() && others.is_none();
    (is_own || !shadowed) && !filter.is_some_and(|h| h.hide(others, seq))
}

#[derive(Debug, Clone)]
pub(crate) struct View {
    /// `None` for the app, which sees everything.
    reader: Option<UserId>,
    pub(crate) filter: Option<Arc<VisibilityFilter>>,
}

impl View {
    pub(crate) const fn of_app() -> Self {
        Self {
            reader: None,
            filter: None,
        }
    }

    pub(crate) fn of(user: &UserId, filter: Option<Arc<VisibilityFilter>>) -> Self {
        Self {
            reader: Some(user.clone()),
            filter,
        }
    }

    pub(crate) fn sees(&self, message: &Message) -> bool {
        let Some(reader) = &self.reader else {
            return true;
        };
        is_seen(
            reader,
            self.filter.as_deref(),
            message.sender_id.as_ref(),
            message.seq,
            message.shadowed,
        )
    }

    /// Returns `true` if these messages look the same to this reader as to everyone.
    pub(crate) fn is_plain(&self, messages: &[Message]) -> bool {
        self.filter.is_none() && !messages.iter().any(|m| m.shadowed)
    }

    pub(crate) fn page(&self, mut page: HistoryPage) -> HistoryPage {
        page.messages.retain(|m| self.sees(m));
        page
    }

    pub(crate) fn changes(&self, mut changes: Changes) -> Changes {
        changes.messages.retain(|m| self.sees(m));
        changes
    }

    pub(crate) fn has_blocked(&self, user: &UserId) -> bool {
        self.filter.as_ref().is_some_and(|h| h.has_blocked(user))
    }

    pub(crate) fn blocked(&self) -> &[UserId] {
        self.filter.as_ref().map_or(&[], |h| &h.blocked)
    }
}
