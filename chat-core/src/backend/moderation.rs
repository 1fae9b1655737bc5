use std::fmt;

use async_trait::async_trait;

use crate::model::{AuditEntry, Report, ReportStatus};
use crate::{AuditId, ReportId, Result, RoomId, Timestamp, UserId};

/// A store of message reports and audit logs.
///
/// # Contract
/// 1. A user's second report of a message stores nothing and returns the first in its latest state,
///    also under concurrent calls. Reports with the same message id in different rooms are
///    distinct.
/// 2. `resolve` fails with `Conflict` if the report is not open, so that one of two moderators
///    decides, and with `MessageNotFound` if the report is not in this room. Repeating a decision
///    by the same moderator changes nothing and returns the report.
/// 3. Lists are newest first, by id. Reading page after page neither skips nor repeats an entry
///    that exists throughout. An empty page is the end. The anchor need not be in the list.
/// 4. A read that starts after a write returned sees that write, on every handle.
/// 5. `forget_room` removes the room's reports and audit log. A message can then be reported again.
#[async_trait]
pub trait ModerationStore: fmt::Debug + Send + Sync + 'static {
    /// Stores an open report, unless its reporter has already reported this message. Returns the
    /// stored report, and `true` if it is new.
    async fn report(&self, report: Report) -> Result<(Report, bool)>;
    /// Returns at most `limit` reports of a room that are older than `before`. With `Some` status,
    /// only reports of that status.
    async fn reports(
        &self,
        room: &RoomId,
        status: Option<ReportStatus>,
        before: Option<&ReportId>,
        limit: usize,
    ) -> Result<Vec<Report>>;
    /// Resolves or dismisses an open report and returns the updated report. `status` is not `Open`.
    async fn resolve(
        &self,
        room: &RoomId,
        report: &ReportId,
        status: ReportStatus,
        by: Option<&UserId>,
        now: Timestamp,
    ) -> Result<Report>;
    /// Adds an entry to its room's audit log.
    async fn record(&self, entry: AuditEntry) -> Result<()>;
    /// Returns at most `limit` entries of a room's audit log that are older than `before`.
    async fn audit(
        &self,
        room: &RoomId,
        before: Option<&AuditId>,
        limit: usize,
    ) -> Result<Vec<AuditEntry>>;
    /// Removes all data of a deleted room.
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
