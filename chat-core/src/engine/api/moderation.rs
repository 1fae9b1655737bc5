//! Reports of messages, and the audit log.

use std::sync::Arc;

use super::super::{Actor, Engine, Inner};
use crate::model::{Action, AuditAction, AuditEntry, Report, ReportStatus};
use crate::protocol::validate_reason;
use crate::{AuditId, Error, MessageId, ReportId, Result, RoomId, UserId};

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

impl Engine {
    /// Reports a message to the room's moderators. Returns the report, and `true` if it is new: a
    /// repeated report by the same user returns the first.
    ///
    /// # Errors
    /// `RoomNotFound`, `NotAMember`, `MessageNotFound`, `Invalid` or `TooLarge` for the reason.
    pub async fn report(
        &self,
        user: &UserId,
        room: &RoomId,
        message: &MessageId,
        reason: impl Into<String> + Send,
    ) -> Result<(Report, bool)> {
        let (inner, reason) = (&self.inner, reason.into());
        let actor = Actor::User(user.clone());
        let room = self.readable(&actor, room).await?;
        validate_reason(&reason, &inner.config.limits)?;
        let message = inner.seen(&room, &actor, message).await?;
        if message.deleted_at.is_some() {
            return Err(Error::message_not_found());
        }
        let report = Report {
            id: ReportId::random(),
            room_id: room.id.clone(),
            message_id: message.id,
            sender_id: message.sender_id,
            text: message.text,
            reporter_id: user.clone(),
            reason,
            created_at: inner.clock.now(),
            status: ReportStatus::Open,
            resolved_by: None,
            resolved_at: None,
        };
        let (report, new) = inner.moderation.report(report).await?;
        if new {
            metrics::counter!("chat_reports_total").increment(1);
        }
        Ok((report, new))
    }

    /// Returns the reports of a room before `before`, newest first, optionally of one status.
    ///
    /// # Errors
    /// `RoomNotFound`, `NotAMember`, `Forbidden`.
    pub async fn reports(
        &self,
        actor: &Actor,
        room: &RoomId,
        status: Option<ReportStatus>,
        before: Option<&ReportId>,
        limit: usize,
    ) -> Result<Vec<Report>> {
        let room = self.inner.room_for(actor, room).await?;
        self.inner.authorize(&room, actor, Action::Moderate).await?;
        let reports = self
            .inner
            .moderation
            .reports(&room.id, status, before, limit);
        reports.await
    }

    /// Resolves or dismisses an open report.
    ///
    /// # Errors
    /// As [`reports`](Self::reports), `MessageNotFound` for an unknown report, `Conflict` if it is
    /// already closed, `Invalid` for any other status.
    pub async fn resolve_report(
        &self,
        actor: &Actor,
        room: &RoomId,
        report: &ReportId,
        status: ReportStatus,
    ) -> Result<Report> {
        let inner = &self.inner;
        let room = inner.room_for(actor, room).await?;
        inner.authorize(&room, actor, Action::Moderate).await?;
        if status == ReportStatus::Open {
            return Err(Error::invalid("`status` must be `resolved` or `dismissed`"));
        }
        let (engine, actor, id) = (Arc::clone(inner), actor.clone(), *report);
        let resolve = async move {
            let (user, now) = (actor.user(), engine.clock.now());
            let resolve = || engine.moderation.resolve(&room.id, &id, status, user, now);
            let report = engine.write_settled(resolve).await.0?;
            if report.resolved_at != Some(now) {
                return Ok(report);
            }
            let detail = match status {
                ReportStatus::Dismissed => "dismissed",
                _ => "resolved",
            };
            let target = Target::message(report.message_id)
                .of(report.sender_id.as_ref())
                .detail(detail);
            let action = AuditAction::ResolveReport;
            engine.record(&room.id, &actor, action, target).await;
            Ok(report)
        };
        inner.to_the_end(resolve).await
    }

    /// Returns the audit entries of a room before `before`, newest first.
    ///
    /// # Errors
    /// `RoomNotFound`, `NotAMember`, `Forbidden`.
    pub async fn audit(
        &self,
        actor: &Actor,
        room: &RoomId,
        before: Option<&AuditId>,
        limit: usize,
    ) -> Result<Vec<AuditEntry>> {
        let room = self.inner.room_for(actor, room).await?;
        self.inner.authorize(&room, actor, Action::Audit).await?;
        self.inner.moderation.audit(&room.id, before, limit).await
    }
}

impl Inner {
    /// Appends to a room's audit log. A failure is retried, not returned: the change stands.
    pub(crate) async fn record(
        self: &Arc<Self>,
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
        let engine = Arc::clone(self);
        let step = move || {
            let (engine, entry) = (Arc::clone(&engine), entry.clone());
            async move { engine.moderation.record(entry).await }
        };
        self.follow_up("audit", step).await;
    }
}
