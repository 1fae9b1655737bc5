use std::time::Duration;

use chat_core::Timestamp;
use chat_core::model::{Appended, Message};

use super::{Bug, Textbook};
use crate::pause;

#[derive(Debug, Clone)]
pub(super) struct Push {
    /// The message as it was appended.
    pub(super) message: Message,
    due: Timestamp,
}

impl Textbook {
    pub(super) fn note_push(&self, appended: &Appended, due: Option<Timestamp>) {
        let message = (*appended.message).clone();
        let due = due.or((self.bug == Bug::PushesAll).then_some(message.created_at));
        let Some(due) = due.filter(|_| !appended.duplicate || self.bug == Bug::RearmsDuplicates)
        else {
            return;
        };
        let mut pushes = self.pushes.lock();
        pushes.retain(|p| p.message.id != message.id);
        pushes.push(Push { message, due });
    }

    /// The latest state of the message to push, or `None` if there is nothing to push.
    fn latest(&self, push: &Push) -> Option<Message> {
        let Message { id, room_id, .. } = &push.message;
        let find = |log: &mut super::Log| log.messages.iter().find(|m| m.id == *id).cloned();
        match self.read(room_id, find).flatten() {
            Some(m) if m.deleted_at.is_some() && self.bug != Bug::PushesDeleted => None,
            None if self.bug == Bug::PushesGone => Some(push.message.clone()),
            found => found,
        }
    }

    pub(super) async fn claim_due(
        &self,
        now: Timestamp,
        lease: Duration,
        limit: usize,
    ) -> Vec<Message> {
        let bug = self.bug;
        let due = |pushes: &mut Vec<Push>| -> Vec<Message> {
            pushes.retain(|p| self.latest(p).is_some());
            let due = pushes
                .iter()
                .filter(|p| p.due <= now || bug == Bug::PushesEarly);
            let due = due.filter_map(|p| self.latest(p));
            due.take(limit + usize::from(bug == Bug::PushesMore))
                .collect()
        };
        let mut seen = None;
        if bug == Bug::PushesRace {
            seen = Some(due(&mut self.pushes.lock()));
            pause().await;
        }
        let mut pushes = self.pushes.lock();
        let claimed = seen.unwrap_or_else(|| due(&mut pushes));
        let is_claimed = |p: &Push| claimed.iter().any(|m| m.id == p.message.id);
        match bug {
            Bug::PushesTwice => {}
            Bug::ForgetsLeases => pushes.retain(|p| !is_claimed(p)),
            _ => {
                for push in pushes.iter_mut().filter(|p| is_claimed(p)) {
                    push.due = now.after(lease);
                }
            }
        }
        claimed
    }
}
