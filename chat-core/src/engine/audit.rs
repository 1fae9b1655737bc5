use std::sync::Arc;

use super::actor::Actor;
use super::foundation::Foundation;
use super::tasks::Tasks;
use crate::backend::ModerationStore;
use crate::model::{AuditAction, AuditEntry};
use crate::time::Clock;
use crate::{AuditId, MessageId, RoomId, UserId};

/// The object of an audited action.
#[derive(Debug, Default)]
pub(crate) struct Target {
    user: Option<UserId>,
    message: Option<MessageId>,
    detail: Option<String>,
}

impl Target {
    pub(crate) fn user(user: &UserId) -> Self {
        Self {
            user: Some(user.clone()),
            ..Self::default()
        }
    }

    pub(crate) fn message(message: MessageId) -> Self {
        Self {
            message: Some(message),
            ..Self::default()
        }
    }

    pub(crate) fn of(mut self, user: Option<&UserId>) -> Self {
        self.user = user.cloned();
        self
    }

    /// Adds a detail unless it is empty.
    pub(crate) fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into()).filter(|d| !d.is_empty());
        self
    }
}

/// The audit logs of rooms.
#[derive(Debug)]
pub(crate) struct Audit {
    store: Arc<dyn ModerationStore>,
    clock: Arc<dyn Clock>,
    tasks: Tasks,
}

impl Audit {
    pub(crate) fn new(base: &Foundation) -> Arc<Self> {
        Arc::new(Self {
            store: Arc::clone(&base.moderation),
            clock: Arc::clone(&base.clock),
            tasks: base.tasks.clone(),
        })
    }

    /// Appends to a room's audit log. A failure is retried, not returned: the change stands.
    pub(crate) async fn record(
        &self,
        room: &RoomId,
        actor: &Actor,
        action: AuditAction,
        target: Target,
    ) {
        let entry = AuditEntry {
            id: AuditId::random(),
            room_id: room.clone(),
            at: self.clock.now(),
            actor_id: actor.user().cloned(),
            action,
            user_id: target.user,
            message_id: target.message,
            detail: target.detail,
        };
        let store = Arc::clone(&self.store);
        let step = move || {
            let (store, entry) = (Arc::clone(&store), entry.clone());
            async move { store.record(entry).await }
        };
        self.tasks.follow_up("audit", step).await;
    }
}
