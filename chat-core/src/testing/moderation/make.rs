//! Helpers for the checks of a moderation store.

use std::sync::Arc;

use super::LISTS;
use crate::backend::ModerationStore;
use crate::model::{AuditAction, AuditEntry, Report, ReportStatus};
use crate::testing::check::{Must, Point, ensure};
use crate::testing::ids::user;
use crate::{AuditId, Clock, MessageId, ReportId, RoomId, SystemClock, Timestamp};

pub(super) type Store = Arc<dyn ModerationStore>;

pub(super) fn now() -> Timestamp {
    SystemClock.now()
}

pub(super) fn a_report(room: &RoomId, message: MessageId, reporter: &str) -> Report {
    Report {
        id: ReportId::random(),
        room_id: room.clone(),
        message_id: message,
        sender_id: Some(user("sender")),
        text: "what it said".into(),
        reporter_id: user(reporter),
        reason: "because".into(),
        created_at: now(),
        status: ReportStatus::Open,
        resolved_by: None,
        resolved_at: None,
    }
}

pub(super) fn an_entry(room: &RoomId) -> AuditEntry {
    AuditEntry {
        id: AuditId::random(),
        room_id: room.clone(),
        at: now(),
        actor_id: Some(user("moderator")),
        action: AuditAction::Ban,
        user_id: Some(user("banned")),
        message_id: None,
        detail: None,
    }
}

/// Files a report and expects it to be new.
pub(super) async fn report(store: &Store, report: Report, point: Point) -> Report {
    let asked = report.id;
    let (stored, new) = store.report(report).await.must(point, "report");
    ensure!(
        point,
        new && stored.id == asked,
        "the first report (new: {new}) was stored as {stored:?}"
    );
    stored
}

pub(super) async fn record(store: &Store, entry: AuditEntry, point: Point) {
    store.record(entry).await.must(point, "record");
}

/// More items than any check stores in a room, so that a list without an end is noticed.
const ENDLESS: usize = 1000;

/// All reports of a room with this status, or with any, read in pages of 3.
pub(super) async fn reports(
    store: &Store,
    room: &RoomId,
    status: Option<ReportStatus>,
    point: Point,
) -> Vec<Report> {
    let mut all: Vec<Report> = Vec::new();
    while all.len() < ENDLESS {
        let before = all.last().map(|r| r.id);
        let page = store.reports(room, status, before.as_ref(), 3).await;
        let page = page.must(point, "reports");
        ensure!(LISTS, page.len() <= 3, "a page of 3 returned {page:?}");
        if page.is_empty() {
            break;
        }
        all.extend(page);
    }
    all
}

/// A room's whole audit log, read in pages of 3.
pub(super) async fn audit(store: &Store, room: &RoomId, point: Point) -> Vec<AuditEntry> {
    let mut all: Vec<AuditEntry> = Vec::new();
    while all.len() < ENDLESS {
        let before = all.last().map(|e| e.id);
        let page = store.audit(room, before.as_ref(), 3).await;
        let page = page.must(point, "audit");
        ensure!(LISTS, page.len() <= 3, "a page of 3 returned {page:?}");
        if page.is_empty() {
            break;
        }
        all.extend(page);
    }
    all
}
