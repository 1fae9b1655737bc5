use std::collections::BTreeMap;
use std::fmt;
use std::ops::Bound::{Excluded, Unbounded};
use std::sync::Arc;

use async_trait::async_trait;
use parking_lot::Mutex;

use super::shards::Shards;
use crate::backend::ModerationStore;
use crate::model::{AuditEntry, Report, ReportStatus};
use crate::random::HashMap;
use crate::{AuditId, Error, ErrorKind, MessageId, ReportId, Result, RoomId, Timestamp, UserId};

/// An in-memory [`ModerationStore`]. Clones share their data.
///
/// It keeps the newest [`MAX_PER_ROOM`](Self::MAX_PER_ROOM) reports and the same number of audit
/// entries per room.
#[derive(Clone, Default)]
pub struct MemoryModeration {
    rooms: Arc<Shards<Mutex<HashMap<RoomId, Kept>>>>,
}

#[derive(Default)]
struct Kept {
    reports: BTreeMap<ReportId, Report>,
    by_reporter: HashMap<(MessageId, UserId), ReportId>,
    audit: BTreeMap<AuditId, AuditEntry>,
}

impl MemoryModeration {
    /// The maximum number of reports per room, and of audit entries per room.
    pub const MAX_PER_ROOM: usize = 10_000;

    /// Creates an empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl fmt::Debug for MemoryModeration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryModeration").finish_non_exhaustive()
    }
}

#[async_trait]
impl ModerationStore for MemoryModeration {
    async fn report(&self, report: Report) -> Result<(Report, bool)> {
        let mut rooms = self.rooms.of(&report.room_id).lock();
        let kept = rooms.entry(report.room_id.clone()).or_default();
        let key = (report.message_id, report.reporter_id.clone());
        let first = kept.by_reporter.get(&key);
        if let Some(first) = first.and_then(|id| kept.reports.get(id)) {
            return Ok((first.clone(), false));
        }
        kept.by_reporter.insert(key, report.id);
        kept.reports.insert(report.id, report.clone());
        while kept.reports.len() > Self::MAX_PER_ROOM {
            let Some((_, old)) = kept.reports.pop_first() else {
                break;
            };
            kept.by_reporter.remove(&(old.message_id, old.reporter_id));
        }
        Ok((report, true))
    }

    async fn reports(
        &self,
        room: &RoomId,
        status: Option<ReportStatus>,
        before: Option<&ReportId>,
        limit: usize,
    ) -> Result<Vec<Report>> {
        let rooms = self.rooms.of(room).lock();
        let Some(kept) = rooms.get(room) else {
            return Ok(Vec::new());
        };
        let end = before.map_or(Unbounded, |id| Excluded(*id));
        let newest_first = kept.reports.range((Unbounded, end)).rev();
        let reports = newest_first.map(|(_, report)| report);
        let asked = reports.filter(|r| status.is_none_or(|status| r.status == status));
        Ok(asked.take(limit).cloned().collect())
    }

    async fn resolve(
        &self,
        room: &RoomId,
        report: &ReportId,
        status: ReportStatus,
        by: Option<&UserId>,
        now: Timestamp,
    ) -> Result<Report> {
        let mut rooms = self.rooms.of(room).lock();
        let report = rooms.get_mut(room).and_then(|k| k.reports.get_mut(report));
        let report =
            report.ok_or_else(|| Error::new(ErrorKind::MessageNotFound, "report not found"))?;
        if report.status == status && report.resolved_by.as_ref() == by {
            return Ok(report.clone());
        }
        if report.status != ReportStatus::Open {
            return Err(Error::new(
                ErrorKind::Conflict,
                "the report is already resolved",
            ));
        }
        report.status = status;
        report.resolved_by = by.cloned();
        report.resolved_at = Some(now);
        Ok(report.clone())
    }

    async fn record(&self, entry: AuditEntry) -> Result<()> {
        let mut rooms = self.rooms.of(&entry.room_id).lock();
        let kept = rooms.entry(entry.room_id.clone()).or_default();
        kept.audit.insert(entry.id, entry);
        while kept.audit.len() > Self::MAX_PER_ROOM {
            kept.audit.pop_first();
        }
        Ok(())
    }

    async fn audit(
        &self,
        room: &RoomId,
        before: Option<&AuditId>,
        limit: usize,
    ) -> Result<Vec<AuditEntry>> {
        let rooms = self.rooms.of(room).lock();
        let Some(kept) = rooms.get(room) else {
            return Ok(Vec::new());
        };
        let end = before.map_or(Unbounded, |id| Excluded(*id));
        let newest_first = kept.audit.range((Unbounded, end)).rev();
        Ok(newest_first.take(limit).map(|(_, e)| e.clone()).collect())
    }

    async fn forget_room(&self, room: &RoomId) -> Result<()> {
        self.rooms.of(room).lock().remove(room);
        Ok(())
    }
}
