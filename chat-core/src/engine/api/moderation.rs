//! Reports of messages, and the audit log.

use std::sync::Arc;

use crate::engine::audit::Target;
use crate::engine::tasks::write_settled;
use crate::engine::{Actor, Engine};
use crate::model::{Action, AuditAction, AuditEntry, Report, ReportStatus};
use crate::protocol::validate_reason;
use crate::{AuditId, Error, MessageId, ReportId, Result, RoomId, UserId};

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
        let (parts, reason) = (&self.parts, reason.into());
        let actor = Actor::User(user.clone());
        let room = self.parts.access.readable(&actor, room).await?;
        validate_reason(&reason, &parts.config.limits)?;
        let message = parts.messages.seen(&room, &actor, message).await?;
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
            created_at: parts.clock.now(),
            status: ReportStatus::Open,
            resolved_by: None,
            resolved_at: None,
        };
        let (report, new) = parts.moderation.report(report).await?;
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
        let room = self
            .parts
            .access
            .room_for(actor, room, Action::Moderate)
            .await?;
        let reports = self
            .parts
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
        let parts = &self.parts;
        let room = parts.access.room_for(actor, room, Action::Moderate).await?;
        if status == ReportStatus::Open {
            return Err(Error::invalid("`status` must be `resolved` or `dismissed`"));
        }
        let (parts, actor, id) = (Arc::clone(parts), actor.clone(), *report);
        let resolve = async move {
            let (user, now) = (actor.user(), parts.clock.now());
            let resolve = || parts.moderation.resolve(&room.id, &id, status, user, now);
            let report = write_settled(resolve).await.0?;
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
            parts.audit.record(&room.id, &actor, action, target).await;
            Ok(report)
        };
        self.parts.tasks.to_the_end(resolve).await
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
        let room = self
            .parts
            .access
            .room_for(actor, room, Action::Audit)
            .await?;
        self.parts.moderation.audit(&room.id, before, limit).await
    }
}
