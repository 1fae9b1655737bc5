use std::fmt;

use async_trait::async_trait;

use crate::model::{AuditEntry, Report, ReportStatus};
use crate::{AuditId, ReportId, Result, RoomId, Timestamp, UserId};

/// Reports of messages, and what moderators did.
///
/// # Contract
/// 1. A user's second report of one message stores nothing and returns the first, as it is now; also
///    when both come at once. The message is that of the report's room: a report with the same
///    message id in another room is another one.
/// 2. `resolve` of a report that is not open is a `Conflict`, so that of two moderators one decides;
///    of one that is not in this room, `MessageNotFound`. The same decision by the same moderator
///    again changes nothing and returns the report.
/// 3. Lists are newest first, by id, without gaps or repeats for what is in them all the time while
///    pages are read; an empty page is the end. The anchor itself need not be in the list.
/// 4. A read that starts after a write returned sees it, on every handle.
/// 5. `forget_room` removes the room's reports and audit log, and with them what they made a
///    duplicate.
#[async_trait]
pub trait ModerationStore: fmt::Debug + Send + Sync + 'static {
    /// Stores an open report, unless the reporter has reported this message. Returns what is stored,
    /// and whether it is new.
    async fn report(&self, report: Report) -> Result<(Report, bool)>;
    /// The reports of a room before this one, of this status or of any: at most `limit`.
    async fn reports(
        &self,
        room: &RoomId,
        status: Option<ReportStatus>,
        before: Option<&ReportId>,
        limit: usize,
    ) -> Result<Vec<Report>>;
    /// Decides about an open report; `status` is not `Open`. Returns it as it is now.
    async fn resolve(
        &self,
        room: &RoomId,
        report: &ReportId,
        status: ReportStatus,
        by: Option<&UserId>,
        now: Timestamp,
    ) -> Result<Report>;
    /// Adds to the audit log of the entry's room.
    async fn record(&self, entry: AuditEntry) -> Result<()>;
    /// The audit log of a room before this entry: at most `limit`.
    async fn audit(
        &self,
        room: &RoomId,
        before: Option<&AuditId>,
        limit: usize,
    ) -> Result<Vec<AuditEntry>>;
    /// A room was deleted.
    async fn forget_room(&self, room: &RoomId) -> Result<()>;
}

store!(ModerationStore {
    async fn report(&self, report: Report) -> Result<(Report, bool)>;
    async fn reports(&self, room: &RoomId, status: Option<ReportStatus>, before: Option<&ReportId>, limit: usize) -> Result<Vec<Report>>;
    async fn resolve(&self, room: &RoomId, report: &ReportId, status: ReportStatus, by: Option<&UserId>, now: Timestamp) -> Result<Report>;
    async fn record(&self, entry: AuditEntry) -> Result<()>;
    async fn audit(&self, room: &RoomId, before: Option<&AuditId>, limit: usize) -> Result<Vec<AuditEntry>>;
    async fn forget_room(&self, room: &RoomId) -> Result<()>;
});
