use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use chat_core::backend::ModerationStore;
use chat_core::model::{AuditAction, AuditEntry, Report, ReportStatus};
use chat_core::testing::Cluster;
use chat_core::{AuditId, Error, ErrorKind, ReportId, Result, RoomId, Timestamp, UserId};
use parking_lot::Mutex;

use crate::{mutants, pause};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bug {
    None,
    StoresAgain,
    SaysNew,
    ReturnsAsReported,
    ChecksBeforeItStores,
    AnyReporter,
    AnyRoom,
    JoinsKeys,
    DecidesAgain,
    ChecksBeforeItDecides,
    ForgetsWhoDecided,
    DecidesInAnyRoom,
    UnknownIsConflict,
    OldestFirst,
    AsTheyCame,
    IgnoresStatus,
    FiltersPages,
    RepeatsAnchor,
    LooksForAnchor,
    PagesByCount,
    DropsSender,
    DropsDetail,
    MixesActions,
    Caches,
    ForgetsReportsAlone,
    KeepsReporters,
    ForgetsByPrefix,
}

#[derive(Debug, Default)]
struct Kept {
    /// In order of arrival.
    reports: Vec<Report>,
    /// Each report as it was first made.
    first: HashMap<ReportId, Report>,
    entries: Vec<AuditEntry>,
    /// The reports of forgotten rooms.
    forgotten: Vec<Report>,
}

/// A minimal moderation store: correct by itself, wrong in one way for each bug.
#[derive(Debug)]
struct Wrong {
    bug: Bug,
    kept: Arc<Mutex<Kept>>,
    /// The newest reports of each room, cached per handle on first read.
    cache: Mutex<HashMap<RoomId, Vec<Report>>>,
}

async fn wrong(nodes: usize, bug: Bug) -> Cluster<dyn ModerationStore> {
    let kept: Arc<Mutex<Kept>> = Arc::default();
    let node = |_| {
        Arc::new(Wrong {
            bug,
            kept: Arc::clone(&kept),
            cache: Mutex::default(),
        }) as _
    };
    Cluster::new((0..nodes).map(node).collect())
}

/// A page of a list in order of arrival.
fn page<T: Clone, I: Ord + Copy>(
    mut all: Vec<T>,
    id: impl Fn(&T) -> I,
    before: Option<I>,
    limit: usize,
    bug: Bug,
) -> Vec<T> {
    match bug {
        Bug::AsTheyCame => all.reverse(),
        Bug::OldestFirst => all.sort_by_key(&id),
        _ => all.sort_by_key(|t| std::cmp::Reverse(id(t))),
    }
    let Some(before) = before else {
        all.truncate(limit);
        return all;
    };
    match bug {
        Bug::OldestFirst => all.retain(|t| id(t) > before),
        Bug::RepeatsAnchor => all.retain(|t| id(t) <= before),
        Bug::AsTheyCame | Bug::LooksForAnchor => {
            let behind = all.into_iter().skip_while(|t| id(t) != before);
            all = behind.skip(1).collect();
        }
        _ => all.retain(|t| id(t) < before),
    }
    all.truncate(limit);
    all
}

impl Wrong {
    fn is_same(&self, one: &Report, other: &Report) -> bool {
        let joined = |r: &Report| format!("{}:{}", r.room_id, r.reporter_id);
        let room = one.room_id == other.room_id || self.bug == Bug::AnyRoom;
        let reporter = one.reporter_id == other.reporter_id || self.bug == Bug::AnyReporter;
        let alike = self.bug == Bug::JoinsKeys && joined(one) == joined(other);
        one.message_id == other.message_id && ((room && reporter) || alike)
    }

    fn known(&self, report: &Report) -> Option<Report> {
        let kept = self.kept.lock();
        let known = kept.reports.iter().chain(&kept.forgotten);
        let mut known = known.filter(|r| self.is_same(r, report));
        let known = known.next()?;
        let first = kept.first.get(&known.id);
        let first = first.filter(|_| self.bug == Bug::ReturnsAsReported);
        Some(first.unwrap_or(known).clone())
    }
}

#[async_trait]
impl ModerationStore for Wrong {
    async fn report(&self, mut report: Report) -> Result<(Report, bool)> {
        let known = self.known(&report);
        if self.bug == Bug::ChecksBeforeItStores {
            pause().await;
        }
        if let Some(known) = known.filter(|_| self.bug != Bug::StoresAgain) {
            return Ok((known, self.bug == Bug::SaysNew));
        }
        if self.bug == Bug::DropsSender {
            report.sender_id = None;
        }
        let mut kept = self.kept.lock();
        // Check again under the lock, since another report may have been stored meanwhile.
        let late = kept.reports.iter().find(|r| self.is_same(r, &report));
        let racing = matches!(self.bug, Bug::ChecksBeforeItStores | Bug::StoresAgain);
        if let Some(late) = late.filter(|_| !racing) {
            return Ok((late.clone(), false));
        }
        kept.first.insert(report.id, report.clone());
        kept.reports.push(report.clone());
        Ok((report, true))
    }

    async fn reports(
        &self,
        room: &RoomId,
        status: Option<ReportStatus>,
        before: Option<&ReportId>,
        limit: usize,
    ) -> Result<Vec<Report>> {
        let all = self.kept.lock().reports.clone();
        let mut all: Vec<_> = all.into_iter().filter(|r| r.room_id == *room).collect();
        let asked = |r: &Report| {
            self.bug == Bug::IgnoresStatus || status.is_none_or(|status| r.status == status)
        };
        if self.bug != Bug::FiltersPages {
            all.retain(asked);
        }
        let mut found = page(all, |r| r.id, before.copied(), limit, self.bug);
        found.retain(asked);
        if self.bug == Bug::Caches && before.is_none() {
            let mut cache = self.cache.lock();
            return Ok(cache.entry(room.clone()).or_insert(found).clone());
        }
        Ok(found)
    }

    async fn resolve(
        &self,
        room: &RoomId,
        report: &ReportId,
        status: ReportStatus,
        by: Option<&UserId>,
        now: Timestamp,
    ) -> Result<Report> {
        let find = |kept: &Kept| {
            let here = |r: &Report| r.room_id == *room || self.bug == Bug::DecidesInAnyRoom;
            let mut all = kept.reports.iter();
            all.position(|r| r.id == *report && here(r))
        };
        let is_open = |kept: &Kept| {
            find(kept).is_some_and(|n| {
                kept.reports[n].status == ReportStatus::Open || self.bug == Bug::DecidesAgain
            })
        };
        let mut open = None;
        if self.bug == Bug::ChecksBeforeItDecides {
            open = Some(is_open(&self.kept.lock()));
            pause().await;
        }
        let mut kept = self.kept.lock();
        let Some(n) = find(&kept) else {
            let kind = match self.bug {
                Bug::UnknownIsConflict => ErrorKind::Conflict,
                _ => ErrorKind::MessageNotFound,
            };
            return Err(Error::new(kind, "report not found"));
        };
        if !open.unwrap_or_else(|| is_open(&kept)) {
            return Err(Error::new(
                ErrorKind::Conflict,
                "the report is already resolved",
            ));
        }
        let report = &mut kept.reports[n];
        report.status = status;
        report.resolved_by = by.filter(|_| self.bug != Bug::ForgetsWhoDecided).cloned();
        report.resolved_at = Some(now);
        Ok(report.clone())
    }

    async fn record(&self, mut entry: AuditEntry) -> Result<()> {
        match self.bug {
            Bug::DropsDetail => entry.detail = None,
            Bug::MixesActions if entry.action == AuditAction::ShadowUnmute => {
                entry.action = AuditAction::Unmute;
            }
            _ => {}
        }
        self.kept.lock().entries.push(entry);
        Ok(())
    }

    async fn audit(
        &self,
        room: &RoomId,
        before: Option<&AuditId>,
        limit: usize,
    ) -> Result<Vec<AuditEntry>> {
        let all = self.kept.lock().entries.clone();
        let all: Vec<_> = all.into_iter().filter(|e| e.room_id == *room).collect();
        if let (Bug::PagesByCount, Some(before)) = (self.bug, before) {
            // Skip entries by their number at the time of the anchor.
            let older = all.iter().filter(|e| e.id < *before).count();
            let skipped = 12_usize.saturating_sub(older);
            let all = page(all, |e| e.id, None, usize::MAX, self.bug);
            return Ok(all.into_iter().skip(skipped).take(limit).collect());
        }
        Ok(page(all, |e| e.id, before.copied(), limit, self.bug))
    }

    async fn forget_room(&self, room: &RoomId) -> Result<()> {
        let mut kept = self.kept.lock();
        let goes = |of: &RoomId| match self.bug {
            Bug::ForgetsByPrefix => of.as_str().starts_with(room.as_str()),
            _ => of == room,
        };
        let (gone, left): (Vec<_>, Vec<_>) = kept.reports.drain(..).partition(|r| goes(&r.room_id));
        kept.reports = left;
        if self.bug == Bug::KeepsReporters {
            kept.forgotten.extend(gone);
        }
        if self.bug != Bug::ForgetsReportsAlone {
            kept.entries.retain(|e| !goes(&e.room_id));
        }
        Ok(())
    }
}

/// Without a bug the store passes, so each mutant fails because of its bug.
mod right {
    use super::{Bug, wrong};

    chat_core::moderation_store_suite!(|nodes| wrong(nodes, Bug::None));
}

mutants! {
    moderation;
    wrong {
        stores_a_second_report: Bug::StoresAgain,
            "a_second_report_returns_the_first", "ModerationStore contract 1 (one report)";
        says_that_a_second_report_is_new: Bug::SaysNew,
            "a_second_report_returns_the_first", "ModerationStore contract 1 (one report)";
        returns_the_first_as_it_was_reported: Bug::ReturnsAsReported,
            "a_second_report_returns_the_first", "ModerationStore contract 1 (one report)";
        checks_before_it_stores: Bug::ChecksBeforeItStores,
            "of_many_reports_at_once_one_is_stored", "ModerationStore contract 1 (one report)";
        takes_another_reporter_for_the_same: Bug::AnyReporter,
            "reports_do_not_mix", "ModerationStore contract 1 (one report)";
        takes_another_room_for_the_same: Bug::AnyRoom,
            "reports_do_not_mix", "ModerationStore contract 1 (one report)";
        joins_room_and_reporter_by_a_colon: Bug::JoinsKeys,
            "reports_do_not_mix", "ModerationStore contract 1 (one report)";
        decides_again: Bug::DecidesAgain,
            "a_decision_is_made_once", "ModerationStore contract 2 (one decision)";
        forgets_who_decided: Bug::ForgetsWhoDecided,
            "a_decision_is_made_once", "ModerationStore contract 2 (one decision)";
        checks_before_it_decides: Bug::ChecksBeforeItDecides,
            "of_many_decisions_at_once_one_is_made", "ModerationStore contract 2 (one decision)";
        decides_about_reports_of_other_rooms: Bug::DecidesInAnyRoom,
            "what_is_not_there_is_not_decided_about", "ModerationStore contract 2 (one decision)";
        calls_the_unknown_a_conflict: Bug::UnknownIsConflict,
            "what_is_not_there_is_not_decided_about", "ModerationStore contract 2 (one decision)";
        lists_reports_oldest_first: Bug::OldestFirst,
            "reports_are_listed_newest_first", "ModerationStore contract 3 (lists)";
        lists_reports_as_they_came: Bug::AsTheyCame,
            "reports_are_listed_newest_first", "ModerationStore contract 3 (lists)";
        lists_reports_of_any_status: Bug::IgnoresStatus,
            "reports_are_listed_newest_first", "ModerationStore contract 3 (lists)";
        filters_pages_of_all_reports: Bug::FiltersPages,
            "reports_are_listed_newest_first", "ModerationStore contract 3 (lists)";
        repeats_the_last_report_of_a_page: Bug::RepeatsAnchor,
            "reports_are_listed_newest_first", "ModerationStore contract 3 (lists)";
        lists_the_audit_log_oldest_first: Bug::OldestFirst,
            "audit_logs_are_listed_newest_first", "ModerationStore contract 3 (lists)";
        lists_the_audit_log_as_it_came: Bug::AsTheyCame,
            "audit_logs_are_listed_newest_first", "ModerationStore contract 3 (lists)";
        looks_for_an_entry_that_is_in_no_list: Bug::LooksForAnchor,
            "audit_logs_are_listed_newest_first", "ModerationStore contract 3 (lists)";
        ends_a_list_where_its_anchor_left: Bug::LooksForAnchor,
            "lists_miss_nothing_while_they_change", "ModerationStore contract 3 (lists)";
        counts_through_a_log_that_grows: Bug::PagesByCount,
            "lists_miss_nothing_while_they_change", "ModerationStore contract 3 (lists)";
        drops_the_sender: Bug::DropsSender,
            "a_report_comes_back_as_it_was", "ModerationStore::report";
        drops_a_detail: Bug::DropsDetail,
            "an_entry_comes_back_as_it_was", "ModerationStore::record";
        takes_one_action_for_another: Bug::MixesActions,
            "an_entry_comes_back_as_it_was", "ModerationStore::record";
        caches_reports: Bug::Caches,
            "a_write_is_seen_on_every_handle", "ModerationStore contract 4 (visibility)";
        keeps_the_audit_log_of_a_forgotten_room: Bug::ForgetsReportsAlone,
            "a_forgotten_room_leaves_nothing", "ModerationStore contract 5 (forgetting)";
        remembers_who_reported_in_a_forgotten_room: Bug::KeepsReporters,
            "a_forgotten_room_leaves_nothing", "ModerationStore contract 5 (forgetting)";
        forgets_rooms_that_begin_alike: Bug::ForgetsByPrefix,
            "a_forgotten_room_leaves_nothing", "ModerationStore contract 5 (forgetting)";
    }
}
